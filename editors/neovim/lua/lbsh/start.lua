-- Starts the server in Neovim before 0.11, which has no vim.lsp.config.
local config = require('lbsh.config')
local M = {}

local clients = {}

local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ':p:h')
  for _, mark in ipairs(config.root_markers) do
    for _, find in ipairs({ vim.fn.findfile, vim.fn.finddir }) do
      local found = find(mark, folder .. ';')
      if found ~= '' then
        -- The name of a folder ends with a slash once it is made absolute.
        return vim.fn.fnamemodify((vim.fn.fnamemodify(found, ':p'):gsub('/$', '')), ':h')
      end
    end
  end
  return folder
end

-- 0.7 has no vim.lsp.start: one client a folder is kept here.
local function start_by_hand(options, bufnr)
  local id = clients[options.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(options)
    clients[options.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(bufnr, id)
  end
end

function M.start(bufnr)
  local options = config.get()
  options.root_dir = root_of(vim.api.nvim_buf_get_name(bufnr))
  options.capabilities = vim.lsp.protocol.make_client_capabilities()
  options.workspace_folders = {
    { uri = vim.uri_from_fname(options.root_dir), name = options.root_dir },
  }
  -- LspAttach came with 0.8.
  if vim.lsp.start then
    vim.lsp.start(options, { bufnr = bufnr })
  else
    options.on_attach = function(client, attached)
      require('lbsh.attach').attach(client, attached)
    end
    start_by_hand(options, bufnr)
  end
end

return M
