;;; lbsh-mode.el --- Major mode for load-balancing scripts of lbsh  -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: languages, tools
;; SPDX-License-Identifier: BSD-2-Clause

;;; Commentary:

;; Scripts of lbsh (`*.lb') say which servers serve which services.  This mode
;; colours them, and lets Eglot talk to the language server `lbsh lsp'.
;; `lbsh-rules' shows the rules of a packet filter for the script,
;; `lbsh-trace' what becomes of a packet.

;;; Code:

(require 'subr-x)

(declare-function eglot-current-server "eglot")
(declare-function eglot--TextDocumentIdentifier "eglot")
(declare-function eglot--signal-textDocument/didChange "eglot")
(declare-function jsonrpc-request "jsonrpc")
(defvar eglot-server-programs)

(defgroup lbsh nil
  "Scripts for load-balanced services."
  :group 'languages
  :prefix "lbsh-")

(defcustom lbsh-command (list "lbsh" "lsp")
  "The language server: a program and its arguments."
  :type '(repeat string))

(defcustom lbsh-backend nil
  "The packet filter whose limits count while typing, such as `nftables'."
  :type '(choice (const :tag "None" nil) string)
  :safe #'string-or-null-p)

(defcustom lbsh-target nil
  "The version of the packet filter, such as `freebsd-14'; its newest if nil."
  :type '(choice (const :tag "Newest" nil) string)
  :safe #'string-or-null-p)

(defcustom lbsh-include-from nil
  "Folders from which scripts may include files, besides their own.
Not safe in a `.dir-locals.el': findings quote the files."
  :type '(repeat directory))

(defconst lbsh-mode--statements
  ;; BEGIN words, written by make generate
  '(("interface" ("internal" "external")
     ())
    ("internal" ("net" "gw" "on")
     ())
    ("external" ("net" "gw" "addr" "for" "on" "of")
     ())
    ("service" ("is" "as" "sticky" "reflect" "from" "masquerade" "prefix" "helper")
     ("tcp" "udp" "tcp+udp" "ftp" "tftp" "sip"))
    ("pool" ("for" "port" "balance")
     ("round-robin" "random" "source-hash" "least-connections"))
    ("add" ("to" "port" "weight" "backup" "ramp")
     ())
    ("remove" ("interface" "internal" "external" "net" "gw" "addr" "probe" "failover" "to"
       "from" "keep" "source" "of" "port" "device" "sync" "watch" "password" "key")
     ())
    ("probe" ("with" "port" "every" "timeout" "rise" "fall" "recheck" "file")
     ("tcp" "syn" "http" "https" "smtp" "imap" "pop3" "ldap" "dns" "radius" "icmp" "exec"
       "get" "host" "expect" "match" "verify" "ca" "name" "helo" "starttls" "tls" "base"
       "filter" "query" "type" "user" "password" "secret" "on" "off" "A" "AAAA" "CNAME"
       "MX" "NS" "PTR" "SOA" "SRV" "TXT"))
    ("drain" ("for" "from" "keep" "port" "because" "clients")
     ())
    ("resume" ("in" "port")
     ())
    ("failover" ("file" "device" "sync" "watch" "password" "key" "at" "skew")
     ())
    ("include" ()
     ())
    ("status" ()
     ())
    ("save" ()
     ())
    ("help" ()
     ())
    ("keep" ("to" "source")
     ())
    ("set" ("in" "sticky" "reflect" "from" "port" "masquerade" "weight" "backup" "ramp"
       "prefix" "helper" "no")
     ("ftp" "tftp" "sip"))
    ("down" ("from" "port" "because")
     ())
    ("up" ("in" "port")
     ()))
  ;; END words
  "Each statement: its first word, the keywords in it, and the known values.")

(defvar lbsh-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\r ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    (modify-syntax-entry ?' "_" table)
    ;; What the language takes into a word.
    (dolist (char (string-to-list "-.+:@/_=%&*<>|"))
      (modify-syntax-entry char "_" table))
    table)
  "Syntax of scripts: comments from `#' on, and words with dots and dashes.")

(defconst lbsh-mode--name "[ \t]+\\(\\(?:\\sw\\|\\s_\\)+\\)"
  "What stands behind a word that gives a name.")

(defun lbsh-mode--in-statement (words face)
  "A matcher for the rest of a statement: gives WORDS the FACE."
  (when words
    `((,(concat "\\_<" (regexp-opt words) "\\_>")
       (progn (goto-char (match-end 1)) nil) nil (0 ',face)))))

(defun lbsh-mode--statement (statement)
  "Colours of STATEMENT, an element of `lbsh-mode--statements'."
  (pcase-let ((`(,head ,keywords ,values) statement))
    `(,(concat "^[ \t]*\\(" head "\\)\\_>")
      (1 'font-lock-keyword-face)
      ,@(lbsh-mode--in-statement keywords 'font-lock-keyword-face)
      ,@(lbsh-mode--in-statement values 'font-lock-constant-face))))

(defvar lbsh-mode-font-lock-keywords
  `((,(concat "^[ \t]*\\(?:service\\|pool\\)" lbsh-mode--name)
     1 'font-lock-function-name-face)
    ,@(mapcar #'lbsh-mode--statement lbsh-mode--statements)
    ("\\_<[0-9]\\(?:\\sw\\|\\s_\\)*" . 'font-lock-constant-face))
  "Colours of scripts.")

(defvar lbsh-mode-imenu-generic-expression
  `(("Services" ,(concat "^[ \t]*service" lbsh-mode--name) 1)
    ("Pools" ,(concat "^[ \t]*pool" lbsh-mode--name) 1))
  "What `imenu' lists where there is no language server.")

;;;###autoload
(define-derived-mode lbsh-mode prog-mode "lbsh"
  "Major mode for scripts of lbsh."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local comment-end "")
  (setq-local indent-line-function #'ignore)
  (setq-local indent-tabs-mode nil)
  (setq-local require-final-newline t)
  (setq-local imenu-generic-expression lbsh-mode-imenu-generic-expression)
  (setq-local font-lock-defaults '(lbsh-mode-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.lb\\'" . lbsh-mode))

(defun lbsh-mode--contact (&rest _)
  "Tell Eglot the language server and what it wants to know at first."
  (append lbsh-command
          (list :initializationOptions
                (list :backend lbsh-backend :target lbsh-target :includeFrom (vconcat lbsh-include-from)))))

;;;###autoload
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(lbsh-mode . lbsh-mode--contact)))

(defun lbsh-mode--ask (command &rest argument)
  "Have the server carry out COMMAND for this script, with ARGUMENT, a plist."
  (let* ((server (or (and (fboundp 'eglot-current-server) (eglot-current-server))
                     (user-error "No language server here: M-x eglot")))
         (script (eglot--TextDocumentIdentifier))
         ;; Eglot keeps back what was typed just now.
         (_ (eglot--signal-textDocument/didChange))
         (answer (jsonrpc-request
                  server :workspace/executeCommand
                  (list :command command :arguments (vector (append script argument))))))
    (when-let ((fault (plist-get answer :fault)))
      (user-error "%s" fault))
    answer))

(defun lbsh-mode--show (title text)
  "Show TEXT in a buffer named after TITLE."
  (with-current-buffer (get-buffer-create (format "*lbsh %s*" title))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (special-mode)
    (display-buffer (current-buffer))))

;;;###autoload
(defun lbsh-rules (backend)
  "Show the rules of the packet filter BACKEND for this script."
  (interactive (list (read-string "Packet filter: " (or lbsh-backend "nftables"))))
  (let ((target (and (equal backend lbsh-backend) lbsh-target)))
    (let ((answer (lbsh-mode--ask "lbsh.showRules" :backend backend :target target)))
      (lbsh-mode--show (plist-get answer :title) (plist-get answer :text)))))

;;;###autoload
(defun lbsh-trace (proto from to &optional interface)
  "Show what becomes of a packet of PROTO, sent FROM one address TO another.
FROM is an address; TO is an address and a port, as in 203.0.113.20:443.
It comes in by INTERFACE; without one, its source tells the side."
  (interactive (list (read-string "Protocol: " "tcp")
                     (read-string "From: ")
                     (read-string "To (address:port): ")
                     (read-string "By interface (empty if unknown): ")))
  (let ((answer (lbsh-mode--ask "lbsh.trace" :proto proto :from from :to to
                                :in (or interface ""))))
    (lbsh-mode--show (format "trace %s %s %s" proto from to) (plist-get answer :text))))

(provide 'lbsh-mode)
;;; lbsh-mode.el ends here
