// The lbsh language for tree-sitter.
//
// A statement is a line, and the end of a line is a token: whatever is wrong with a line, the next one starts anew. The
// keywords come from words.json, which is written from the one grammar of the language (grammar/lbsh.lark); the rules
// below say what that grammar says, with names for the parts. A test compares the two on every shape a line can have.
/* global module, require, grammar, seq, choice, repeat, optional, field, alias, prec */

const { beginnings } = require("./beginnings.js");
const words = require("./words.json");
const key = words.keywords;

// Blanks inside a line, and what ends a word. What cannot be seen (control characters, other blanks) is no part of a word.
const BLANK = / |\t|\f|\v/;
const UNSEEN = "\\p{Z}\\p{C}";

const list = (item) => seq(item, repeat(seq(",", item)));

// The statements, and the options that stand in them.
const forms = {
  interface_statement: ($) =>
    seq(
      key.INTERFACE,
      field("side", choice(key.INTERNAL, key.EXTERNAL)),
      field("name", $.interface_name),
      repeat(field("parameter", $.parameter)),
    ),

  external_statement: ($) =>
    seq(key.EXTERNAL, choice(seq(key.ADDR, field("address", $.address)), seq(key.NET, field("net", $.network)))),

  internal_statement: ($) =>
    seq(key.INTERNAL, choice(seq(key.NET, field("net", $.network)), seq(key.GW, field("address", $.address)))),

  service_statement: ($) =>
    seq(
      key.SERVICE,
      field("name", $.service_name),
      choice(key.IS, key.AS),
      field("address", $.address),
      field("protocol", $.protocol),
      list(field("port", $.port)),
      repeat(choice($.sticky_option, key.REFLECT)),
    ),
  sticky_option: ($) => seq(key.STICKY, optional(field("time", alias($._number, $.duration)))),

  pool_statement: ($) =>
    seq(
      key.POOL,
      field("name", $.pool_name),
      key.FOR,
      field("service", $.service_name),
      repeat(choice($.port_option, $.balance_option)),
    ),
  port_option: ($) => seq(key.PORT_WORD, field("port", $.port)),
  balance_option: ($) => seq(key.BALANCE, field("algorithm", $.algorithm)),

  add_statement: ($) =>
    seq(
      key.ADD,
      list(field("target", $.target)),
      key.TO,
      field("pool", $.pool_name),
      repeat(choice($.weight_option, key.BACKUP)),
    ),
  weight_option: ($) => seq(key.WEIGHT, field("weight", $.number)),

  // Without `from` it is a service that goes.
  remove_statement: ($) =>
    seq(
      key.REMOVE,
      choice(
        field("service", $.service_name),
        seq(list(field("target", $.target)), key.FROM, field("pool", $.pool_name)),
      ),
    ),

  probe_statement: ($) =>
    seq(
      key.PROBE,
      field("service", $.service_name),
      key.WITH,
      field("method", $.method),
      optional(field("argument", $.string)),
      repeat(choice($.time_option, $.count_option, $.method_option)),
    ),
  time_option: ($) => seq(choice(key.EVERY, key.TIMEOUT), field("time", $.duration)),
  count_option: ($) => seq(choice(key.RISE, key.FALL), field("count", $.number)),
  method_option: ($) =>
    seq(field("name", $.option_name), optional(key.FILE), field("value", choice($.value, $.string))),

  drain_statement: ($) => seq(key.DRAIN, field("address", $.address), key.FROM, field("pool", $.pool_name)),
  resume_statement: ($) => seq(key.RESUME, field("address", $.address), key.IN, field("pool", $.pool_name)),

  failover_statement: ($) => seq(key.FAILOVER, choice($._device, $._sync, $._password)),
  _device: ($) => seq(key.DEVICE, field("name", $.device_name), repeat($.skew_option)),
  skew_option: ($) => seq(key.SKEW, field("skew", $.number)),
  _sync: ($) => seq(key.SYNC, field("interface", $.interface_name), repeat($.peer_option)),
  peer_option: ($) => seq(key.PEER, field("address", $.address)),
  _password: ($) => seq(key.PASSWORD, key.FILE, field("path", $.string)),

  include_statement: ($) => seq(key.INCLUDE, field("path", $.string)),
  status_statement: ($) => seq(key.STATUS, optional(field("subject", $.subject))),
  save_statement: ($) => seq(key.SAVE, optional(field("path", $.string))),
  help_statement: ($) => seq(key.HELP, optional(field("topic", $.topic))),
};

const statements = Object.keys(forms).filter((name) => name.endsWith("_statement"));

module.exports = grammar({
  name: "lbsh",

  extras: ($) => [BLANK, $.comment],

  // Keywords are looked for among whole words only.
  word: ($) => $._letters,

  rules: {
    source_file: ($) => seq(repeat(seq(optional($._line), $._newline)), optional($._line)),

    _line: ($) => choice($.unfinished_statement, ...statements.map((name) => $[name])),

    // A line that ends too early. So a line may end after any word, and a line half typed never takes in the next one.
    unfinished_statement: ($) => choice(...statements.flatMap((name) => beginnings(forms[name]($), forms, $))),

    ...forms,

    // The parts that words play. Any word may stand where a value is expected; whether it is a good one is not said here.
    interface_name: ($) => choice($._letters, $._number),
    topic: ($) => choice($._letters, $._number),
    parameter: ($) => choice($._letters, $._number, $._text, ","),

    // `remove NAME` is about a service, as long as nothing follows.
    service_name: ($) => prec(1, $._word),
    pool_name: ($) => $._word,
    device_name: ($) => $._word,
    address: ($) => $._word,
    network: ($) => $._word,
    target: ($) => $._word,
    port: ($) => $._word,
    algorithm: ($) => $._word,
    number: ($) => $._word,
    duration: ($) => $._word,
    method: ($) => $._word,
    value: ($) => $._word,
    subject: ($) => $._word,
    protocol: ($) => choice($._letters, $.reserved_word),
    option_name: ($) => choice($._letters, $.reserved_word),

    _word: ($) => choice($._letters, $._number, $.reserved_word),

    // A statement word in the place of a name is a fault. It has a node, so that the rest of its line keeps its sense.
    reserved_word: () => choice(...words.reserved.map((word) => alias(word, "reserved"))),

    string: ($) => $._text,

    _letters: () => new RegExp(`[^0-9,"#${UNSEEN}][^,"#${UNSEEN}]*`),
    _number: () => new RegExp(`[0-9][^,"#${UNSEEN}]*`),
    _text: () => new RegExp(`"(\\\\[^${UNSEEN}]|\\\\[ \\t\\f\\v]|[^"\\\\${UNSEEN}]|[ \\t\\f\\v])*"`),

    // Nothing else ends a line.
    _newline: () => /\r\n|\n|\r/,
    comment: () => /#[^\r\n]*/,
  },
});
