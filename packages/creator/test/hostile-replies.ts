/** Repeats a piece up to a length in UTF-16 units. */
const fill = (piece: string) => (length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Objects of 7.9 KB each, a little less than what is mended at most. */
const objects = (start: string, piece: string) =>
  fill(`${start}${piece.repeat(7900 / piece.length)}}\n`);

const whole = '{"Options": ["True", "False"], "Answer": "True", "Question": "Is the number even?"}';

const wrapped = (start: string, piece: string, end: string) => (length: number) =>
  start + piece.repeat((length - start.length - end.length) / piece.length) + end;

const nested = (opening: string, closing: string) => (length: number) => {
  const depth = length / (opening.length + closing.length);
  return opening.repeat(depth) + closing.repeat(depth);
};

/**
 * Replies of any length on which a careless reader takes a time that grows with its square, or
 * overflows its stack.
 */
export const hostileReplies: [name: string, toText: (length: number) => string][] = [
  ["letters", fill("x")],
  ["spaces", fill(" ")],
  ["line feeds", fill("\n")],
  ["backslashes", fill("\\")],
  ["quotes", fill('"')],
  ["opening braces", fill("{")],
  ["closing braces", fill("}")],
  ["opening brackets", fill("[")],
  ["brackets and braces", fill("[{")],
  ["empty objects", fill("{}")],
  ["braces and blank lines", fill("{\n\n")],
  ["opening tags", fill("<think>")],
  ["closing tags", fill("</think>")],

  ["fields that never end", fill('{"Question":"')],
  ["objects in objects", fill('{"a":')],
  ["objects in objects, closed", nested('{"a":[', "]}")],
  ["objects in arrays in objects", fill('{"a":[')],
  ["objects in arrays", fill('[{"a":')],
  ["objects after objects in objects", fill('{"a":{')],
  ["braces and colons", fill("{{{{:")],
  ["braces, a colon each", fill("{:")],
  ["small objects that are not JSON", fill("{a:}")],
  ["small objects of a colon", fill("{:}")],
  ["combining marks", fill("\u0316\u0301")],
  ["combining marks in a question", wrapped('{"Question":"a', "\u0316\u0301", '"}')],
  ["marks that are none yet", wrapped('{"Question":"a', "\u0316\uff9e", '"}')],
  ["combining marks in a key", wrapped('{"Question', "\u0316\u0301", '": "a"}')],
  ["keys without values", fill('{"a" ')],
  ["arrays in arrays in a question", (length) => `{"Question":${nested("[", "]")(length - 14)}}`],
  ["examples in examples", nested('{"Options":[', "]}")],

  ["objects of quotes", objects('{"a":', '"')],
  ["objects of quoted quotes", objects('{"a":"(', "+e“e")],
  ["objects of quotes and brackets", objects('{"a":"x ', "“),.'")],
  ["objects of quotes in brackets", objects('{"a":"', '(x")')],
  ["objects of quotes and colons", objects('{"a":[', "':")],
  ["objects of quotes and commas", objects('{"a":[', '",')],
  ["objects of added quotes", objects('{"a":', '"+')],
  ["objects of comments", objects('{"a":', '[   \\"*/')],
  ["objects of numbers", objects('{"a":[', "1 ")],
  ["objects of lines", objects("{a:", "\ne")],
  ["objects of brackets", objects('{"a":', "[")],
  ["objects of calls", objects('{"a":', "a(")],
  ["objects of spaces", objects('{"a":', " ")],
  ["objects of spaces and a cut field", objects(`{"a":1${" ".repeat(4000)}"k": "`, "v")],
  ["objects of fields that were cut", objects('{"a": "b"', ', "c": "d')],
  ["objects of broken addresses", fill('{"a":"[[[[[ http://\\,"a":&\n')],

  ["one text of quotes and commas", wrapped(`{"a": "`, 'x", ', "}")],
  ["one text of keys", wrapped(`{"a": "`, 'x", "b": ', "}")],
  ["one text of quotes before a key", wrapped(`{"a": "`, 'x" "', '": 1}')],
  ["one text of apostrophes and comments", wrapped("{'a': '", "' # ", "\n}")],
  ["one text of curly quotes and comments", wrapped("{“a”: “", "” # ", "\n}")],
  ["one text of apostrophes and lines of comments", wrapped("{'a': '", "' # \n", "}")],
  ["one text of block comments", wrapped("{'a': '", "' /* ", "}")],
  ["one text of quotes and spaces", wrapped("{'a': '", `' ${" ".repeat(500)}`, "}")],
  ["one list of quotes", wrapped('{"a": [', '"x" "', "]}")],
  ["one list of lists", wrapped('{"a": [', '["x", ', "]}")],
  ["one list of bare words", wrapped('{"a": [', "x y, ", "]}")],
  ["one list of long numbers", wrapped('{"a": [', `${"1".repeat(500)}, `, "]x}")],
  ["one text of paths", wrapped('{"a": "', "C:\\n", '"}')],
  ["one text of a path", wrapped('{"a": "C:', "\\new A", '"}')],
  ["one text of escaped quotes", wrapped('{"a": "', '\\"', "")],
  ["one text of per cents", wrapped('{"a": "\\d', "%a", '"}')],
  ["one question of spaces", wrapped('{"Question": "your', " ", 'x"}')],
  [
    "one answer of spaces",
    wrapped(`${whole.slice(0, 42)} "Answer": "A`, " ", 'x", "Question": "a"}'),
  ],
  ["thinking tags in texts", fill('{"<thinking>')],
  ["channels", fill("<|channel|>final")],
  ["brackets of thoughts", fill("[THINK][/THINK]")],

  ["valid objects", fill(`${whole}\n`)],
  ["valid objects in an array", wrapped("[", `${whole},`, "1]")],
  ["valid objects in a wrapper", wrapped('{"examples": [', `${whole},`, "1]}")],
  ["objects without an end", fill(`${whole.slice(0, -1)}\n`)],
  ["objects with quotes in their text", fill(`${whole.replace("even", '"even"')}\n`)],
  ["one long text", wrapped('{"Question": "', "x", '"}')],
  ["one long text that was cut", wrapped('{"Question": "', "x", "")],
  ["one long number", wrapped('{"Question": ', "1", "}")],
  ["options", wrapped('{"Question": "a", "Answer": "True", "Options": [', '"x",', '"y"]}')],
  ["keys", (length) => `{${Array.from({ length: length / 12 }, (_, i) => `"k${i}":1`)}}`],
  ["values", wrapped('{"a": [', '{"b":1},', "1]}")],
];
