" Colours for scripts of lbsh, for Vim and Neovim without a language server or tree-sitter.
if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

" What is not a blank, a quote, a comma or the sign of a comment belongs to a word.
syn iskeyword 33,36-43,45-126,128-255
syn sync minlines=1
syn case match

syn match lbshComment /#.*/ contains=lbshAllow,lbshTodo,@Spell
syn match lbshAllow /\<lbsh: allow\>.*/ contained
syn keyword lbshTodo contained TODO FIXME XXX NOTE
syn region lbshString start=/"/ skip=/\\./ end=/"/ oneline contained
" Addresses, networks, ranges, ports, durations and counts all start with a digit, but for some of IPv6.
syn match lbshNumber /\<\d\k*/ contained
syn match lbshAddress /\<\(\d\+\.\d\+\.\d\+\.\d\+\|\x*:[0-9A-Fa-f:.]*\)\k*/ contained

" A statement ends with its line; its first word says which others have a meaning in it.
function s:Statement(word) abort
  let name = 'lbsh' . toupper(a:word[0]) . a:word[1:]
  let start = printf('start=/\%%(^\s*\)\@<=%s\k\@!/ end=/$/', a:word)
  let inside = printf('lbshComment,lbshString,lbshNumber,lbshAddress,%sKeyword,%sValue', name, name)
  execute 'syn region' name 'matchgroup=lbshStatement' start 'oneline contains=' . inside
  execute 'hi def link' name . 'Keyword Keyword'
  execute 'hi def link' name . 'Value Constant'
endfunction

" BEGIN words, written by make generate
call s:Statement('interface')
syn keyword lbshInterfaceKeyword contained internal external
call s:Statement('internal')
syn keyword lbshInternalKeyword contained net gw on
call s:Statement('external')
syn keyword lbshExternalKeyword contained net gw addr for on of
call s:Statement('service')
syn keyword lbshServiceKeyword contained is as sticky reflect from masquerade prefix helper
syn keyword lbshServiceValue contained tcp udp tcp+udp ftp tftp sip
call s:Statement('pool')
syn keyword lbshPoolKeyword contained for port balance
syn keyword lbshPoolValue contained round-robin random source-hash least-connections
call s:Statement('add')
syn keyword lbshAddKeyword contained to port weight backup ramp
call s:Statement('remove')
syn keyword lbshRemoveKeyword contained interface internal external net gw addr probe failover to from keep
syn keyword lbshRemoveKeyword contained source of port device sync watch password key
call s:Statement('probe')
syn keyword lbshProbeKeyword contained with port every timeout rise fall recheck file
syn keyword lbshProbeValue contained tcp syn http https smtp imap pop3 ldap dns radius icmp exec get host
syn keyword lbshProbeValue contained expect match verify ca name helo starttls tls base filter query type
syn keyword lbshProbeValue contained user password secret on off A AAAA CNAME MX NS PTR SOA SRV TXT
call s:Statement('drain')
syn keyword lbshDrainKeyword contained for from keep port because clients
call s:Statement('resume')
syn keyword lbshResumeKeyword contained in port
call s:Statement('failover')
syn keyword lbshFailoverKeyword contained file device sync watch password key at skew
call s:Statement('include')
call s:Statement('status')
call s:Statement('save')
call s:Statement('help')
call s:Statement('keep')
syn keyword lbshKeepKeyword contained to source
call s:Statement('set')
syn keyword lbshSetKeyword contained in sticky reflect from port masquerade weight backup ramp prefix
syn keyword lbshSetKeyword contained helper no
syn keyword lbshSetValue contained ftp tftp sip
call s:Statement('down')
syn keyword lbshDownKeyword contained from port because
call s:Statement('up')
syn keyword lbshUpKeyword contained in port
" END words
delfunction s:Statement

hi def link lbshComment Comment
hi def link lbshAllow SpecialComment
hi def link lbshTodo Todo
hi def link lbshString String
hi def link lbshNumber Number
hi def link lbshAddress Identifier
hi def link lbshStatement Statement

let b:current_syntax = 'lbsh'
let &cpo = s:cpo
unlet s:cpo
