// The lbsh language for tree-sitter.
//
// A statement is a line, and the end of a line is a token: whatever is wrong with a line, the next one starts anew. The
// statements and the words in them come from rules.json, which is written from the one grammar of the language
// (grammar/lbsh.lark). Here stand lines, characters and faults. A test compares the parser with that of lbsh on every shape
// a line can have.
/* global module, require, grammar, seq, choice, repeat, optional, alias */

const { beginnings } = require("./beginnings.js");
const made = require("./rules.json");
const { statement, ...parts } = made.statements;

// Blanks inside a line, and what ends a word. What cannot be seen (control characters, other blanks) is no part of a word.
const BLANK = / |\t|\f|\v/;
const UNSEEN = "\\p{Z}\\p{C}";

// Rules by their names, each as a function, which is what `grammar` takes.
const asFunctions = (rules) => Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, () => rule]));

module.exports = grammar({
  name: "lbsh",

  extras: ($) => [BLANK, $.comment],

  // Keywords are looked for among whole words only.
  word: ($) => $._letters,

  rules: {
    source_file: ($) => seq(repeat(seq(optional($._line), $._newline)), optional($._line)),

    _line: ($) => choice($.unfinished_statement, statement),

    // A line that ends too early. So a line may end after any word, and a line half typed never takes in the next one.
    unfinished_statement: () => choice(...beginnings(statement, parts)),

    ...asFunctions(parts),

    // The parts that words play. Any word may stand where a value is expected; whether it is a good one is not said here.
    ...asFunctions(made.words),

    // The classes of words.
    _word: ($) => choice($._letters, $._number, $.reserved_word),
    _word_of_letters: ($) => choice($._letters, $.reserved_word),
    _any_word: ($) => choice($._letters, $._number),
    // In the place of these, some statement words have a meaning of their own: `remove probe` names no service `probe`.
    _leaving_word: ($) => choice($._letters, $._number, alias($._other_reserved_word, $.reserved_word)),

    // A statement word in the place of a name is a fault. It has a node, so that the rest of its line keeps its sense.
    reserved_word: () => choice(...made.reserved.map((word) => alias(word, "reserved"))),

    _other_reserved_word: () =>
      choice(...made.reserved.filter((word) => !made.parts.includes(word)).map((word) => alias(word, "reserved"))),

    _letters: () => new RegExp(`[^0-9,"#${UNSEEN}][^,"#${UNSEEN}]*`),
    _number: () => new RegExp(`[0-9][^,"#${UNSEEN}]*`),
    _text: () => new RegExp(`"(\\\\[^${UNSEEN}]|\\\\[ \\t\\f\\v]|[^"\\\\${UNSEEN}]|[ \\t\\f\\v])*"`),

    // Nothing else ends a line.
    _newline: () => /\r\n|\n|\r/,
    comment: () => /#[^\r\n]*/,
  },
});
