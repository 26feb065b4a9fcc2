; The names of captures are those that Neovim, Helix and the tree-sitter program all know.

(comment) @comment
(string) @string

; BEGIN words, written by make generate
[
  "interface"
  "internal"
  "external"
  "net"
  "gw"
  "addr"
  "service"
  "pool"
  "add"
  "remove"
  "probe"
  "drain"
  "resume"
  "failover"
  "include"
  "status"
  "save"
  "help"
  "is"
  "as"
  "for"
  "to"
  "in"
  "with"
  "sticky"
  "reflect"
  "from"
  "keep"
  "source"
  "on"
  "of"
  "port"
  "masquerade"
  "balance"
  "weight"
  "backup"
  "ramp"
  "because"
  "prefix"
  "every"
  "timeout"
  "rise"
  "fall"
  "recheck"
  "file"
  "clients"
  "device"
  "sync"
  "watch"
  "password"
  "key"
  "at"
  "skew"
  "helper"
  "set"
  "down"
  "up"
  "no"
] @keyword
; END words

; A statement word where a name should stand.
(reserved_word) @error

(service_name) @type
(pool_name) @function
(device_name) @label
(interface_name) @variable
(parameter) @variable.parameter
(subject) @variable
(topic) @keyword

[
  (address)
  (network)
  (target)
] @constant

[
  (port)
  (number)
  (duration)
] @constant.numeric

[
  (protocol)
  (algorithm)
  (helper)
  (method)
] @constant.builtin

(option_name) @attribute
(value) @string.special
"," @punctuation.delimiter
