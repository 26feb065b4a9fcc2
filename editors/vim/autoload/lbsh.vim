" What the user has set for the language server, for vim-lsp and ALE alike.

" The program and its arguments.
function lbsh#command() abort
  return copy(get(s:set(), 'cmd', ['lbsh', 'lsp']))
endfunction

" The packet filter whose limits count while typing.
function lbsh#settings() abort
  return {'backend': get(s:set(), 'backend', v:null), 'target': get(s:set(), 'target', v:null)}
endfunction

" The folder of the scripts that belong together: the one with site.lb, else the repository, else that of the script.
function lbsh#root(buffer) abort
  let folder = fnamemodify(bufname(a:buffer), ':p:h')
  let marks = [findfile('site.lb', folder . ';'), finddir('.git', folder . ';')]
  call filter(marks, '!empty(v:val)')
  return empty(marks) ? folder : fnamemodify(marks[0], isdirectory(marks[0]) ? ':p:h:h' : ':p:h')
endfunction

function s:set() abort
  return get(g:, 'lbsh', {})
endfunction
