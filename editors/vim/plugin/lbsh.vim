" Lets vim-lsp talk to the language server of lbsh. Set before, if wanted:
"   let g:lbsh = {'cmd': ['lbsh', 'lsp'], 'backend': 'nftables', 'target': v:null}
if exists('g:loaded_lbsh')
  finish
endif
let g:loaded_lbsh = 1

augroup lbsh_vim_lsp
  autocmd!
  autocmd User lsp_setup call lsp#register_server({
        \ 'name': 'lbsh',
        \ 'cmd': {_ -> lbsh#command()},
        \ 'allowlist': ['lbsh'],
        \ 'root_uri': {_ -> lsp#utils#path_to_uri(lbsh#root(bufnr('%')))},
        \ 'initialization_options': lbsh#settings(),
        \ 'workspace_config': {'lbsh': lbsh#settings()},
        \ })
augroup END
