" Lets ALE talk to the language server of lbsh. g:lbsh is read as plugin/lbsh.vim says.
call ale#linter#Define('lbsh', {
      \ 'name': 'lbsh',
      \ 'lsp': 'stdio',
      \ 'executable': {-> lbsh#command()[0]},
      \ 'command': {-> '%e ' . join(map(lbsh#command()[1:], 'ale#Escape(v:val)'))},
      \ 'project_root': function('lbsh#root'),
      \ 'initialization_options': {-> lbsh#settings()},
      \ 'lsp_config': {-> {'lbsh': lbsh#settings()}},
      \ })
