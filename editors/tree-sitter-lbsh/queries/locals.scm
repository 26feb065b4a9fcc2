; Services and pools are defined once and used further down; a script is one scope.

(source_file) @local.scope

; BEGIN words, written by make generate
(for_option
  inside: (pool_name) @local.reference)

(service_statement
  name: (service_name) @local.definition)

(pool_statement
  name: (pool_name) @local.definition)

(pool_statement
  service: (service_name) @local.reference)

(pool_statement
  other: (service_name) @local.reference)

(add_statement
  pool: (pool_name) @local.reference)

(remove_statement
  pool: (pool_name) @local.reference)

(remove_part_statement
  service: (service_name) @local.reference)

(set_statement
  pool: (pool_name) @local.reference)

(probe_statement
  service: (service_name) @local.reference)

(drain_statement
  pool: (pool_name) @local.reference)

(resume_statement
  pool: (pool_name) @local.reference)

(down_statement
  pool: (pool_name) @local.reference)

(up_statement
  pool: (pool_name) @local.reference)

(remove_statement
  service: (service_name) @local.reference)

(set_statement
  service: (service_name) @local.reference)
; END words

; It may name either.
(status_statement
  subject: (subject) @local.reference)
