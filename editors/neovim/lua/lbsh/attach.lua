-- What a buffer gets when the server is there: lenses, hints, and the commands of the server.
local M = {}

local function refresh_lenses(bufnr)
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged' }, {
    group = vim.api.nvim_create_augroup('lbsh_lenses_' .. bufnr, {}),
    buffer = bufnr,
    callback = function()
      vim.lsp.codelens.refresh(vim.fn.has('nvim-0.10') == 1 and { bufnr = bufnr } or nil)
    end,
  })
  vim.lsp.codelens.refresh(vim.fn.has('nvim-0.10') == 1 and { bufnr = bufnr } or nil)
end

local function show_lenses(bufnr)
  -- From 0.12 on Neovim keeps lenses up to date by itself.
  if vim.lsp.codelens.enable then
    vim.lsp.codelens.enable(true, { bufnr = bufnr })
  else
    refresh_lenses(bufnr)
  end
end

function M.attach(client, bufnr)
  local has = client.server_capabilities or {}
  if has.codeLensProvider then
    show_lenses(bufnr)
  end
  if has.inlayHintProvider and vim.lsp.inlay_hint then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
  if has.completionProvider then
    vim.bo[bufnr].omnifunc = 'v:lua.vim.lsp.omnifunc'
  end
  if has.documentFormattingProvider and vim.lsp.formatexpr then
    vim.bo[bufnr].formatexpr = 'v:lua.vim.lsp.formatexpr()'
  end
end

return M
