-- What the server is started with. Set before, if wanted:
--   vim.g.lbsh = { cmd = { 'lbsh', 'lsp' }, backend = 'nftables', target = 'freebsd-14', lsp = true }
local M = {}

function M.user()
  return vim.g.lbsh or {}
end

-- `site.lb` is where `lbsh` looks when it is given no file, so the scripts beside it belong together.
M.root_markers = { 'site.lb', '.git' }

-- Whether findings that Neovim has asked for are asked for again when an edit in another file changes them. If not, the
-- server had better send them by itself, as it does to a client that cannot ask.
local function asks_again(capabilities)
  local workspace = capabilities.workspace or {}
  return workspace.diagnostics ~= nil and workspace.diagnostics.refreshSupport == true
end

local function before_init(params)
  local capabilities = params.capabilities
  local own = { lbsh = { showReferences = true } }
  capabilities.experimental = vim.tbl_deep_extend('force', capabilities.experimental or {}, own)
  if not asks_again(capabilities) then
    capabilities.textDocument.diagnostic = nil
  end
end

local function on_init(client)
  if not asks_again(vim.lsp.protocol.make_client_capabilities()) then
    client.server_capabilities.diagnosticProvider = nil
  end
end

function M.get()
  local user = M.user()
  local settings = {
    backend = user.backend or vim.NIL,
    target = user.target or vim.NIL,
    includeFrom = user.include_from or vim.NIL,
  }
  return {
    name = 'lbsh',
    cmd = user.cmd or { 'lbsh', 'lsp' },
    filetypes = { 'lbsh' },
    root_markers = M.root_markers,
    init_options = settings,
    settings = { lbsh = settings },
    before_init = before_init,
    on_init = on_init,
  }
end

return M
