-- Drives a headless Neovim for test_neovim.py: opens scripts, does what a person would, and writes what it saw as JSON.
-- LBSH_PLAN names a file with {task, files, count, out}. Every wait has a limit.
local plan = vim.fn.json_decode(vim.fn.readfile(vim.env.LBSH_PLAN))
local LIMIT = 120000
local tasks = {}

local function wait(what, condition)
  if not vim.wait(LIMIT, condition, 20) then
    error('waited too long for ' .. what)
  end
end

local function client_of(bufnr)
  local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = bufnr }) or vim.lsp.buf_get_clients(bufnr)
  for _, client in pairs(clients) do
    if client.name == 'lbsh' then
      return client
    end
  end
end

local function open(path)
  vim.cmd('split ' .. vim.fn.fnameescape(path))
  local bufnr = vim.api.nvim_get_current_buf()
  wait('the server', function()
    local client = client_of(bufnr)
    return client and client.initialized ~= false and client.server_capabilities ~= nil
  end)
  return bufnr
end

local function found_in(bufnr)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(bufnr)) do
    local code = one.code or (one.user_data and one.user_data.lsp and one.user_data.lsp.code)
    table.insert(found, { vim.api.nvim_buf_get_name(bufnr), one.lnum + 1, one.col, code, one.message })
  end
  return found
end

local function lines(bufnr)
  return vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
end

-- The answer of the server, asked in the way that Neovim itself asks.
local function answer(bufnr, method, line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
  local params
  if vim.fn.has('nvim-0.11') == 1 then
    params = vim.lsp.util.make_position_params(0, client_of(bufnr).offset_encoding)
  else
    params = vim.lsp.util.make_position_params()
  end
  for _, one in pairs(vim.lsp.buf_request_sync(bufnr, method, params, LIMIT) or {}) do
    return one.result
  end
end

-- The lines of the window that a command opens; it is gone afterwards.
local function shown()
  local script, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  wait('a window', function()
    return vim.api.nvim_get_current_buf() ~= script
  end)
  local seen = { name = vim.api.nvim_buf_get_name(0), lines = lines(0) }
  vim.cmd('close')
  vim.api.nvim_set_current_win(window)
  return seen
end

function tasks.diagnostics()
  local found = {}
  local buffers = vim.tbl_map(open, plan.files)
  local function count()
    local sum = 0
    for _, bufnr in ipairs(buffers) do
      sum = sum + #vim.diagnostic.get(bufnr)
    end
    return sum
  end
  -- What comes late or too much is seen by the test: it compares all of them.
  vim.wait(LIMIT, function()
    return count() == plan.count
  end, 20)
  for _, bufnr in ipairs(buffers) do
    vim.list_extend(found, found_in(bufnr))
  end
  return found
end

-- A change in one file mends a fault in another.
function tasks.across()
  local site, web = open(plan.files[1]), nil
  local function has(code)
    return vim.tbl_contains(vim.tbl_map(function(one)
      return one[4]
    end, found_in(site)), code)
  end
  wait('the fault', function()
    return has('LB101')
  end)
  web = open(plan.files[2])
  vim.api.nvim_buf_set_lines(web, -1, -1, false, { 'service DSN is 203.0.113.99 tcp 53' })
  wait('its end', function()
    return not has('LB101')
  end)
  return {}
end

function tasks.features()
  local bufnr = open(plan.files[1])
  local seen = { filetype = vim.bo.filetype, commentstring = vim.bo.commentstring }
  seen.hover = answer(bufnr, 'textDocument/hover', 8, 23)
  seen.completion = answer(bufnr, 'textDocument/completion', 9, 21)
  vim.api.nvim_win_set_cursor(0, { 8, 6 })
  vim.lsp.buf.rename('farm')
  wait('the new name', function()
    return lines(bufnr)[9] == 'add 192.168.1.2-3 to farm'
  end)
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = LIMIT })
  else
    vim.lsp.buf.formatting_sync(nil, LIMIT)
  end
  seen.lines = lines(bufnr)
  return seen
end

function tasks.commands()
  open(plan.files[1])
  vim.cmd('LbshRules nftables')
  local seen = { rules = shown() }
  vim.cmd('LbshRules nftables')
  seen.again = shown()
  vim.cmd('LbshTrace tcp 198.51.100.7 203.0.113.20:80')
  seen.trace = shown()
  local notices = {}
  vim.notify = function(message)
    table.insert(notices, message)
  end
  vim.cmd('LbshRules none')
  wait('a fault', function()
    return #notices > 0
  end)
  seen.notices = notices
  return seen
end

function tasks.lenses()
  local bufnr = open(plan.files[1])
  local seen = {}
  wait('lenses', function()
    seen.lenses = vim.lsp.codelens.get(vim.lsp.codelens.enable and { bufnr = bufnr } or bufnr)
    return #seen.lenses > 0 and seen.lenses[1].command ~= nil and seen.lenses[2].command ~= nil
  end)
  vim.api.nvim_win_set_cursor(0, { 7, 0 })
  vim.lsp.codelens.run()
  wait('the quickfix list', function()
    seen.uses = vim.fn.getqflist()
    return #seen.uses > 0
  end)
  if vim.lsp.inlay_hint then
    seen.hints_on = vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr })
  end
  return seen
end

-- What colours the first word: tree-sitter where it can, else the syntax file.
function tasks.colours()
  vim.cmd('edit ' .. vim.fn.fnameescape(plan.files[1]))
  local active = vim.treesitter.highlighter and vim.treesitter.highlighter.active or {}
  local seen = { tree_sitter = active[vim.api.nvim_get_current_buf()] ~= nil }
  if seen.tree_sitter then
    vim.treesitter.get_parser(0, 'lbsh'):parse()
    seen.colour = vim.treesitter.get_captures_at_pos(0, 0, 0)[1].capture
    vim.wo.foldmethod, vim.wo.foldexpr = 'expr', 'v:lua.vim.treesitter.foldexpr()'
    wait('folds', function()
      return vim.fn.foldlevel(3) > 0
    end)
  else
    seen.colour = vim.fn.synIDattr(vim.fn.synID(1, 1, 1), 'name')
  end
  return seen
end

local ok, seen = pcall(tasks[plan.task])
vim.fn.writefile({ vim.fn.json_encode({ ok = ok, seen = seen }) }, plan.out)
vim.cmd('qall!')
