// What a line can hold that is the beginning of a rule and lacks something still.
/* global module, seq, repeat */

// Whether a rule may stand for no word at all.
const mayBeEmpty = (rule) =>
  ({
    BLANK: () => true,
    REPEAT: () => true,
    CHOICE: () => rule.members.some(mayBeEmpty),
    SEQ: () => rule.members.every(mayBeEmpty),
    FIELD: () => mayBeEmpty(rule.content),
  })[rule.type]?.() ?? false;

function ofSequence(members, rules) {
  return members.flatMap((member, place) => {
    const before = members.slice(0, place);
    const within = beginnings(member, rules).map((part) => seq(...before, part));
    const cut = place > 0 && !members.slice(place).every(mayBeEmpty);
    return cut ? [seq(...before), ...within] : within;
  });
}

// The beginnings of a rule, each as a rule. `rules` are those to look into; all others are words, which have none.
function beginnings(rule, rules) {
  switch (rule.type) {
    case "SEQ":
      return ofSequence(rule.members, rules);
    case "CHOICE":
      return rule.members.flatMap((member) => beginnings(member, rules));
    case "REPEAT":
    case "REPEAT1":
      return beginnings(rule.content, rules).map((part) => seq(repeat(rule.content), part));
    case "FIELD":
      return beginnings(rule.content, rules);
    case "SYMBOL":
      return rule.name in rules ? beginnings(rules[rule.name], rules) : [];
    default:
      return [];
  }
}

module.exports = { beginnings };
