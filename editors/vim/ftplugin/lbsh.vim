" Settings for scripts of lbsh.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal nowrap
" A word is what the language takes for one: an address, a name with dots and dashes.
setlocal iskeyword=@,48-57,_,-,.
setlocal suffixesadd=.lb
setlocal include=^\\s*include\\s\\+"\\zs[^"]\\+
setlocal define=^\\s*\\(service\\\|pool\\)\\>
if executable('lbsh')
  setlocal formatprg=lbsh\ fmt\ -
  compiler lbsh
endif

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< wrap< iskeyword< suffixesadd< include< define<'
      \ . ' formatprg< makeprg< errorformat<'
