// Generates JSON texts from a seed, with many that are hard to sign.
//
// Each document is { text, refused }. `refused` is the reason why no body may be sent, by rules that are written
// independently here, or null.

const PLAIN = ['id', 'name', 'amount', 'currency', 'email', 'createdAt', 'card', 'cardToken', 'cardholder',
  'Amount', '_id', 'a', 'b', 'B', 'ab', 'aB', 'items', 'profile', 'abcdefg', 'abcdefgh', 'abcdefgi',
  'abcdefghijklmnop', 'abcdefghijklmnoq', 'constructor', 'toJSON', 'prototype', 'proto__', '__proto', '__proto__x'];
const INDICES = ['0', '1', '2', '9', '10', '11', '100', '99', '4294967293', '4294967294', '4294967295',
  '4294967296', '01', '00', '-1', '-0', '+1', '1.0', '1e1', ' 1', '1 ', '12345678901', '12345678909', '99999999999999',
  '٣', '9007199254740993', '429496729', '1a', '0x1', '10000000000'];
const ODD = ['', ' ', '!', '"', '\\', '/', '\n', '\t', '\u0000', '\u0001', '\u001f', '\u007f', 'é', 'z', 'ç', 'ã', '\u07ff',
  '\u0800', '\ud7ff', '\ue000', '\uf8ff', '\ufb33', '\ufffd', '\uffff', '😂', '𐀀', '\u{10ffff}', 'a\u0000', 'a\u0000b', 'a"b', 'a\\b', 'abcdef"',
  'abcdefg"', 'abcdefg\u0001', 'abcdef😂', 'abcdef\uffff', 'abcdefgh😂', 'abcdefgh\uffff', '\u2028', '\u2029', '€', 'e\u0301'];
const NUMBERS = ['0', '-0', '0.0', '-0.0', '0e5', '-0E-7', '1', '-1', '1.0', '10.00', '150.00', '0.10', '1.10', '99.99', '1E2', '1e+2',
  '1.5e3', '1e-6', '1e-7', '0.000001', '0.0000001', '0.00000123', '1e20', '1e21', '1e22', '123456789012345680000', '1.2e21', '123e-20',
  '9007199254740991', '9007199254740992', '9007199254740993', '9007199254740994', '-9007199254740993', '9223372036854775807',
  '9223372036854775808', '-9223372036854775808', '18446744073709551615', '18446744073709551616', '340282366920938463463374607431768211455',
  '0.1', '0.2', '0.30000000000000004', '0.10000000000000001', '0.1000000000000000055511151231257827', '3.141592653589793238',
  '3.141592653589793', '12345678901234567.89', '333333333.33333329', '4.35', '5e-324', '2.2250738585072014e-308', '2.2250738585072011e-308',
  '1.7976931348623157e308', '1.7976931348623159e308', '1e308', '1e309', '-1e400', '1e-400', '4.9406564584124654e-324', '123456789012345',
  '1234567890123456', '12345678901234567', '123456789012345678', '0.123456789012345', '0.1234567890123456', '100000000000000000000000',
  '0.000000000000000000000000000001', '1000000e-6', '0.00001e5', '1e15', '1e16', '4503599627370496.5', '4503599627370497.5', '1e23', '8.5', '2e-5'];
const WORDS = ['Ana', 'São Paulo', 'R$ 10,00', '', 'https://example.com/a?b=c&d=e', '<b>', '\u2028', '\u007f', '\u0080', '😂', '\u{10ffff}', '\n', '\r\n', '\t',
  '\b', '\f', '\u0000', '\u001b[0m', '"', '\\', '/', 'a"b\\c/d', 'plain text that is longer than eight', 'seven77', 'eight888', 'nine99999',
  'não é ASCII, mas é longo o bastante', '00000000000', '\ufeff', '\ufffe', 'exactly sixteen!', '1234567\\', '12345678"', '1234567\u001f'];
const CONTROL = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };

/** A generator of numbers below n, the same on every machine (splitmix32). */
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return { below: n => next() % n, one: list => list[next() % list.length], bits: next };
}

/** One document. */
export function document(roll) {
  const state = { roll, refused: null };
  const big = roll.below(50) === 0;
  const body = container(state, roll.below(2) + roll.below(4), big ? 30 : 7);
  let text = blank(state) + body + blank(state);
  const trap = roll.below(60);
  if (trap === 0) {
    text += roll.one(['x', ',', '}', ']', '1', '""']);
    state.refused = 'syntax';
  } else if (trap === 1) {
    text = text.trim().slice(0, -1);
    state.refused = 'syntax';
  }
  return { text, refused: state.refused };
}

function container(state, depth, width) {
  return state.roll.below(3) === 0 ? array(state, depth, width) : object(state, depth, width);
}

function value(state, depth, width) {
  const { roll } = state;
  if (depth > 0 && roll.below(3) === 0) return container(state, depth - 1, width);
  switch (roll.below(8)) {
    case 0: case 1: case 2: return number(state);
    case 3: return roll.one(['true', 'false', 'null']);
    default: return string(state, word(state));
  }
}

function array(state, depth, width) {
  if (depth > 0 && state.roll.below(4) === 0) return alike(state, width);
  const items = Array.from({ length: state.roll.below(width) }, () => blank(state) + value(state, depth, width) + blank(state));
  return `[${items.length ? items.join(',') : blank(state)}]`;
}

/** An array of objects with the same keys, shuffled now and then, each key spelled anew. */
function alike(state, width) {
  const { roll } = state;
  const start = roll.below(3) ? '' : roll.one(['profile', 'abcdefgh', 'x'.repeat(40), 'é'.repeat(9), '\\\\\\n\u0001']);
  const keys = [...new Set(Array.from({ length: 1 + roll.below(8) }, () => start + roll.one(roll.one([PLAIN, INDICES, ODD]))))]
    .filter(key => key !== '__proto__');
  const items = Array.from({ length: 1 + roll.below(width) }, () => {
    if (roll.below(3) === 0) shuffle(roll, keys);
    const present = roll.below(5) ? keys : keys.slice(1);
    return `{${present.map(key => `${blank(state)}${string(state, key)}:${value(state, 0, width)}`).join(',')}}`;
  });
  return `[${items.join(',')}]`;
}

function shuffle(roll, list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = roll.below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function object(state, depth, width) {
  const { roll } = state;
  const seen = new Set();
  const members = [];
  const lists = [PLAIN, PLAIN, INDICES, ODD].slice(0, 1 + roll.below(4));
  for (let i = roll.below(width); i > 0; i--) {
    let key = roll.one(roll.one(lists));
    if (roll.below(6) === 0) key = roll.one([key + roll.below(1000), word(state), String(roll.bits()), String(roll.below(120)), key + key]);
    if (roll.below(3000) === 0) key = '__proto__';
    if (key === '__proto__') state.refused ??= 'proto';
    if (seen.has(key)) {
      if (roll.below(60) !== 0) continue;
      state.refused ??= 'duplicate';
    }
    seen.add(key);
    members.push(blank(state) + string(state, key) + blank(state) + ':' + blank(state) + value(state, depth, width) + blank(state));
  }
  return `{${members.length ? members.join(',') : blank(state)}}`;
}

function blank({ roll }) {
  return roll.below(12) ? '' : roll.one([' ', '  ', '\t', '\r', ' \t ']);
}

function word({ roll }) {
  if (roll.below(2)) return roll.one(WORDS);
  let text = '';
  for (let i = roll.below(roll.below(10) ? 12 : 60); i > 0; i--) {
    text += roll.below(5) ? String.fromCharCode(32 + roll.below(95)) : roll.one([...WORDS, ...ODD]);
  }
  return text;
}

/** The text of a string, spelled in one of the ways that JSON allows. */
function string(state, text) {
  const { roll } = state;
  const spelled = roll.below(10);
  let out = '';
  for (const char of text) {
    const must = char === '"' || char === '\\' || char < ' ';
    if (spelled === 0 && roll.below(3) === 0 || must && roll.below(2)) {
      for (let i = 0; i < char.length; i++) {
        const hex = char.charCodeAt(i).toString(16).padStart(4, '0');
        out += '\\u' + (roll.below(2) ? hex.toUpperCase() : hex);
      }
    } else if (char === '/' && roll.below(2) || char === '"' || char === '\\') {
      out += '\\' + char;
    } else {
      out += CONTROL[char] ?? (must ? '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0') : char);
    }
  }
  if (roll.below(4000) === 0) {
    out += roll.one(['\\ud800', '\\uDFFF', '\\ud83d\\u0041', '\\ude02\\ud83d']);
    state.refused ??= 'surrogate';
  }
  return `"${out}"`;
}

function number(state) {
  const literal = roughNumber(state.roll);
  if (!survives(literal)) {
    // Most such numbers are left out, because otherwise few larger documents could be signed.
    if (state.roll.below(20)) return '7';
    state.refused ??= 'number';
  }
  return literal;
}

function roughNumber(roll) {
  const digits = n => Array.from({ length: n }, () => roll.below(10)).join('').replace(/^0+(?=.)/, '');
  switch (roll.below(9)) {
    case 0: case 1: return roll.one(NUMBERS);
    case 2: return (roll.below(2) ? '-' : '') + digits(1 + roll.below(18));
    case 3: return `${digits(1 + roll.below(9))}.${Array.from({ length: 1 + roll.below(9) }, () => roll.below(10)).join('')}`;
    case 4: return `${digits(1 + roll.below(3))}.${digits(1 + roll.below(17))}${roll.one(['e', 'E'])}${roll.one(['', '-', '+'])}${roll.below(roll.below(4) ? 30 : 330)}`;
    case 5: {
      const double = bits(roll);
      return Number.isFinite(double) ? String(double) : '0';
    }
    case 6: return `${String(1 + roll.below(8))}${Array.from({ length: 14 + roll.below(2) }, () => roll.below(10)).join('')}.${roll.below(2) ? '' : roll.below(10)}${1 + roll.below(9)}`;
    case 7: {
      const double = roll.below(2) ? (roll.below(2000000) - 1000000) / 100 : bits(roll);
      return Number.isFinite(double) ? double.toPrecision(roll.one([17, 19, 25, 40])) : '0';
    }
    default: return String((roll.below(2000000) - 1000000) / 100);
  }
}

/** Any double, or none. */
function bits(roll) {
  return new Float64Array(new Uint32Array([roll.bits(), roll.bits()]).buffer)[0];
}

/** The double, rounded to as many significant digits as were written, is what was written. */
export function survives(literal) {
  const double = Number(literal);
  if (!Number.isFinite(double)) return false;
  const written = decimal(literal);
  if (written.digits === '') return true;
  if (double === 0 || written.digits.length > 100) return false;
  const rounded = decimal(double.toPrecision(written.digits.length));
  if (rounded.point !== written.point) return false;
  if (rounded.digits === written.digits) return true;
  // A double half way between two decimals is either of them.
  const { digits, point } = decimal(double.toPrecision(100));
  const last = Number(written.digits.at(-1)) - Number(digits.at(-2));
  return point === written.point && digits.length === written.digits.length + 1 && digits.endsWith('5')
    && digits.slice(0, -2) === written.digits.slice(0, -1) && (last === 0 || last === 1);
}

function decimal(literal) {
  const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal);
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  return { digits: digits.replace(/0+$/, ''), point: whole.length + Number(exponent) - (all.length - digits.length) };
}
