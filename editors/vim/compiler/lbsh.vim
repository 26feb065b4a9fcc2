" :make checks the script and fills the quickfix list.
if exists('current_compiler')
  finish
endif
let current_compiler = 'lbsh'

CompilerSet makeprg=lbsh\ check\ --format\ concise\ %:S
CompilerSet errorformat=%f:%l:%c:\ %t%*[a-z]\ %m
