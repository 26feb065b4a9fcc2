autocmd BufNewFile,BufRead *.lb setfiletype lbsh
