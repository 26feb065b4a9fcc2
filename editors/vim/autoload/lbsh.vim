" What the user has set for the language server, for vim-lsp and ALE alike.

" The program and its arguments.
function lbsh#command() abort
  return copy(get(s:set(), 'cmd', ['lbsh', 'lsp']))
endfunction

" The packet filter whose limits count while typing, and the folders from which scripts may include files.
function lbsh#settings() abort
  let [backend, target, folders] = map(['backend', 'target', 'include_from'], 'get(s:set(), v:val, v:null)')
  return {'backend': backend, 'target': target, 'includeFrom': folders}
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
