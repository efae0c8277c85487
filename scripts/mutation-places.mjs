// Places of a TypeScript text at which a mutation can be made: a condition negated, a bound shifted, a
// statement dropped.
import ts from "typescript";

/**
 * @typedef {object} Place
 * @property {"negate" | "shift" | "drop"} kind
 * @property {number} start of the text that is replaced
 * @property {number} end
 * @property {string} replacement
 * @property {number} line from 1
 * @property {string} key the same for the same place in another version of the file: the statement that
 *   it is in, without the blocks below it and without white space
 */

const shifted = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);

/** Statements shorter than this, without white space, are too common to be told from others. */
const shortest = 24;

/** @returns {Place[]} in the order of the text */
export function findPlaces(text, fileName) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const places = [];
  const visit = (node) => {
    for (const change of findChanges(node)) {
      const statement = ts.findAncestor(node, ts.isStatement);
      const own = statement ? renderOwn(statement, source) : "";
      if (own.length < shortest) continue;
      const offset = change.start - (statement?.getStart(source) ?? 0);
      const before = text.slice(change.start - offset, change.start).replaceAll(/\s/g, "");
      places.push({
        ...change,
        line: source.getLineAndCharacterOfPosition(change.start).line + 1,
        key: `${change.kind} ${before.length} ${own}`,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return places;
}

function findChanges(node) {
  const replace = (kind, replaced, replacement) => [
    { kind, start: replaced.getStart(), end: replaced.getEnd(), replacement },
  ];
  if (ts.isIfStatement(node) || ts.isWhileStatement(node))
    return replace("negate", node.expression, `!(${node.expression.getText()})`);
  if (ts.isConditionalExpression(node))
    return replace("negate", node.condition, `!(${node.condition.getText()})`);
  if (ts.isBinaryExpression(node)) {
    const operator = shifted.get(node.operatorToken.kind);
    return operator ? replace("shift", node.operatorToken, operator) : [];
  }
  const isDroppable = ts.isExpressionStatement(node) || ts.isThrowStatement(node);
  return isDroppable ? replace("drop", node, ";") : [];
}

/** A statement's text without white space, and without the statements in it. */
function renderOwn(statement, source) {
  let text = "";
  let from = statement.getStart(source);
  const skip = (node) => {
    if (!ts.isStatement(node)) return ts.forEachChild(node, skip);
    text += source.text.slice(from, node.getStart(source));
    from = node.getEnd();
  };
  ts.forEachChild(statement, skip);
  text += source.text.slice(from, statement.getEnd());
  return text.replaceAll(/\s/g, "");
}
