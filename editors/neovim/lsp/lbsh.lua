-- The language server, for vim.lsp.config of Neovim 0.11 and later.
return require('lbsh.config').get()
