-- Turns the language server on for scripts, unless `vim.g.lbsh = { lsp = false }`.
if vim.g.loaded_lbsh_lua then
  return
end
vim.g.loaded_lbsh_lua = true

vim.lsp.commands = vim.lsp.commands or {}
vim.lsp.commands['lbsh.showReferences'] = function(command, context)
  require('lbsh.commands').show_references(command, context)
end

if vim.fn.has('nvim-0.8') == 1 then
  vim.api.nvim_create_autocmd('LspAttach', {
    group = vim.api.nvim_create_augroup('lbsh', {}),
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'lbsh' then
        require('lbsh.attach').attach(client, event.buf)
      end
    end,
  })
end

if vim.fn.has('nvim-0.11') == 1 and require('lbsh.config').user().lsp ~= false then
  vim.lsp.enable('lbsh')
end
