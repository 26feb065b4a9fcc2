-- Beside ftplugin/lbsh.vim, which has the settings that Vim shares.
local bufnr = vim.api.nvim_get_current_buf()
require('lbsh.commands').define(bufnr)

-- Colours by tree-sitter where a parser is installed (README.md); else syntax/lbsh.vim serves.
if vim.treesitter.start then
  pcall(vim.treesitter.start, bufnr, 'lbsh')
end

local user = require('lbsh.config').user()
if user.lsp ~= false and vim.fn.has('nvim-0.11') == 0 then
  require('lbsh.start').start(bufnr)
end
