" Drives Vim for test_vim.py: opens $LBSH_SCRIPT and writes what it saw, as JSON, to $LBSH_OUT.
set nocompatible nomore encoding=utf-8
filetype plugin on
syntax on

" The group of each character, a line at a time.
function Colours() abort
  let rows = []
  for row in range(1, line('$'))
    call add(rows, map(range(1, max([1, len(getline(row))])), {_, column -> synIDattr(synID(row, column, 1), 'name')}))
  endfor
  return rows
endfunction

function Wait(condition) abort
  let start = reltime()
  while !a:condition() && reltimefloat(reltime(start)) < 120
    sleep 20m
  endwhile
endfunction

" What ALE has put into its list for the script.
function Findings() abort
  let wanted = str2nr($LBSH_COUNT)
  call Wait({-> len(ale#engine#GetLoclist(bufnr('%'))) >= wanted})
  return map(copy(ale#engine#GetLoclist(bufnr('%'))), {_, one -> [one.lnum, one.col, get(one, 'code', ''), one.text]})
endfunction

" What :make puts into the quickfix list.
function Made() abort
  silent make!
  return map(filter(getqflist(), 'v:val.valid'), {_, one -> [fnamemodify(bufname(one.bufnr), ':p'), one.lnum, one.col, one.text]})
endfunction

try
  execute 'edit' fnameescape($LBSH_SCRIPT)
  let seen = {'filetype': &filetype, 'commentstring': &commentstring, 'made': Made()}
  if exists('g:loaded_ale')
    let seen.findings = Findings()
  else
    let seen.colours = Colours()
  endif
catch
  let seen = {'fault': v:exception . ' at ' . v:throwpoint}
endtry
call writefile([json_encode(seen)], $LBSH_OUT)
qall!
