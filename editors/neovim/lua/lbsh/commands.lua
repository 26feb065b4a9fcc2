-- Commands of the server: the rules of a packet filter, what becomes of a packet, and the uses that a lens counts.
local M = {}

local function tell(message)
  vim.notify('lbsh: ' .. message, vim.log.levels.ERROR)
end

local function client_of(bufnr)
  -- get_clients is the name from 0.10 on.
  local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = bufnr }) or vim.lsp.buf_get_clients(bufnr)
  for _, client in pairs(clients) do
    if client.name == 'lbsh' then
      return client
    end
  end
end

local function request(client, params, answer, bufnr)
  local method = 'workspace/executeCommand'
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, params, answer, bufnr)
  else
    client.request(method, params, answer, bufnr)
  end
end

-- Shows a text in a window of its own; one asked for again takes the place of the old one.
local function show(title, text)
  local name = 'lbsh://' .. title
  local bufnr = vim.fn.bufnr('^' .. vim.fn.escape(name, '^$.*[]~\\') .. '$')
  if bufnr == -1 then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split((text:gsub('\n$', '')), '\n'))
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].buftype = 'nofile'
  local window = vim.fn.bufwinid(bufnr)
  if window == -1 then
    vim.cmd('belowright split')
    vim.api.nvim_win_set_buf(0, bufnr)
  else
    vim.api.nvim_set_current_win(window)
  end
end

local function ask(bufnr, command, argument, title_of)
  local client = client_of(bufnr)
  if not client then
    return tell('the language server is not running for this buffer')
  end
  argument.uri = vim.uri_from_bufnr(bufnr)
  request(client, { command = command, arguments = { argument } }, function(fault, result)
    local message = fault and fault.message or (result and type(result.fault) == 'string' and result.fault)
    if message then
      return tell(message)
    end
    show(title_of(result), result.text)
  end, bufnr)
end

function M.rules(bufnr, backend, target)
  local user = require('lbsh.config').user()
  local chosen = backend or user.backend
  if not chosen then
    return tell('which packet filter? As in :LbshRules nftables')
  end
  ask(bufnr, 'lbsh.showRules', { backend = chosen, target = target or vim.NIL }, function(result)
    return result.title
  end)
end

function M.trace(bufnr, proto, from, to, arrives_by)
  ask(bufnr, 'lbsh.trace', { proto = proto, from = from, to = to, ['in'] = arrives_by }, function()
    return table.concat({ 'trace', proto, from, to, arrives_by }, ' ')
  end)
end

-- A lens carries the places it counts; they go to the quickfix list.
function M.show_references(command, context)
  local locations = (command.arguments or {})[3] or {}
  local client = vim.lsp.get_client_by_id(context.client_id)
  local items = vim.lsp.util.locations_to_items(locations, client and client.offset_encoding or 'utf-16')
  vim.fn.setqflist({}, ' ', { title = command.title, items = items })
  vim.cmd('copen')
end

local function define(bufnr, name, options, run)
  vim.api.nvim_buf_create_user_command(bufnr, name, function(given)
    run(given.fargs)
  end, options)
end

function M.define(bufnr)
  define(bufnr, 'LbshRules', { nargs = '*', desc = 'Show the rules of a packet filter' }, function(words)
    M.rules(bufnr, words[1], words[2])
  end)
  define(bufnr, 'LbshTrace', { nargs = '+', desc = 'Show what becomes of a packet' }, function(words)
    if #words ~= 3 and #words ~= 4 then
      return tell('as in :LbshTrace tcp 198.51.100.7 203.0.113.20:443')
    end
    M.trace(bufnr, words[1], words[2], words[3], words[4])
  end)
end

return M
