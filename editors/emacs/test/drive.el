;;; drive.el --- Drives Emacs in batch mode for test_emacs.py  -*- lexical-binding: t; -*-

;;; Commentary:

;; LBSH_PLAN names a JSON file with {task, files, count, out}; what was seen is
;; written to `out' as JSON.  Every wait has a limit.

;;; Code:

(require 'lbsh-mode)
(require 'json)
(require 'cl-lib)
(setq lbsh-command (list (getenv "LBSH") "lsp"))

(defconst drive-limit 120)

(defun drive-wait (what condition)
  "Wait until CONDITION holds, which is about WHAT."
  (let ((end (time-add nil drive-limit)))
    (while (not (funcall condition))
      (when (time-less-p end nil)
        (error "Waited too long for %s" what))
      (accept-process-output nil 0.02))))

(defun drive-open (file)
  "Open FILE with a language server."
  (find-file file)
  (require 'eglot)
  (setq-local eglot-sync-connect drive-limit)
  (setq jsonrpc-default-request-timeout drive-limit)
  (apply #'eglot--connect (eglot--guess-contact))
  (eglot--maybe-activate-editing-mode)
  (drive-wait "the server" (lambda () (eglot-managed-p))))

(defun drive-place (position)
  "POSITION as a line and a column, both from 1."
  (save-excursion
    (goto-char position)
    (list (line-number-at-pos) (1+ (- position (line-beginning-position))))))

(defun drive-diagnostics (files count)
  "The findings in FILES; there should be COUNT of them."
  (let (found)
    (drive-open (car files))
    (dolist (file files)
      (find-file file)
      (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode))
      ;; Flymake waits for a window to show the buffer, and there is none here.
      (flymake-start))
    (ignore-errors
      (drive-wait "findings" (lambda () (setq found (drive-found files)) (>= (length found) count))))
    (vconcat found)))

(defun drive-found (files)
  "What Flymake says of FILES now."
  (cl-loop for file in files append
           (with-current-buffer (find-buffer-visiting file)
             (cl-loop for one in (flymake-diagnostics)
                      collect (vconcat (list file) (drive-place (flymake-diagnostic-beg one))
                                       (list (flymake-diagnostic-text one)))))))

(defun drive-colours (files)
  "The face of each character of the first of FILES, a line at a time."
  (find-file (car files))
  (font-lock-ensure)
  (let (rows)
    (goto-char (point-min))
    (while (not (eobp))
      (push (vconcat (cl-loop for place from (line-beginning-position) to (line-end-position)
                              collect (format "%s" (get-text-property place 'face))))
            rows)
      (forward-line))
    (vconcat (nreverse rows))))

(defun drive-commands (files)
  "What the commands show for the first of FILES."
  (drive-open (car files))
  (let ((script (current-buffer)) seen)
    (lbsh-rules "nftables")
    (push (drive-shown "*lbsh .*nftables") seen)
    (with-current-buffer script
      (lbsh-trace "tcp" "198.51.100.7" "203.0.113.20:80")
      (push (drive-shown "*lbsh trace") seen)
      (push (condition-case fault (lbsh-rules "none") (user-error (cadr fault))) seen)
      (eglot-format-buffer)
      (push (buffer-string) seen)
      (goto-char (point-min))
      (search-forward "web_pool")
      ;; A person is not as fast as this; Eglot waits for half a second before it tells of a change.
      (eglot--signal-textDocument/didChange)
      (eglot-rename "farm")
      (push (buffer-string) seen)
      (push (prin1-to-string (mapcar #'car (imenu--make-index-alist t))) seen)
      (set-buffer-modified-p nil))
    (vconcat (nreverse seen))))

(defun drive-shown (name)
  "The text of the buffer whose name starts with NAME."
  (with-current-buffer (cl-find-if (lambda (buffer) (string-match-p name (buffer-name buffer))) (buffer-list))
    (buffer-string)))

(let* ((json-object-type 'alist) (json-array-type 'list)
       (plan (json-read-file (getenv "LBSH_PLAN")))
       (files (alist-get 'files plan))
       (seen (pcase (alist-get 'task plan)
               ("diagnostics" (drive-diagnostics files (alist-get 'count plan)))
               ("colours" (drive-colours files))
               ("commands" (drive-commands files)))))
  (let ((coding-system-for-write 'utf-8))
    (with-temp-file (alist-get 'out plan) (insert (json-encode seen)))))

(provide 'drive)
;;; drive.el ends here
