/** Just enough colour for sample code: comments and keywords. Every character is kept. */

export interface CodePart {
  readonly kind: 'plain' | 'keyword' | 'comment';
  readonly text: string;
}

const STRINGS = `"""[^]*?"""|'''[^]*?'''|"(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\\\n])*'|\`(?:\\\\.|[^\`\\\\])*\``;
const KEYWORDS: Readonly<Record<string, string>> = {
  Python: 'import|from|as|def|return|for|in|if|else|elif|with|not|and|or|None|True|False|lambda|print',
  JavaScript: 'import|from|as|export|const|let|function|return|for|of|if|else|await|async|new|null|true|false',
};
const COMMENTS: Readonly<Record<string, string>> = {
  Python: '#.*',
  JavaScript: '//.*|/\\*[^]*?\\*/',
  HTML: '<!--[^]*?-->',
};

export function highlight(code: string, language: string): readonly CodePart[] {
  const keywords = KEYWORDS[language] ?? '(?!)';
  const comments = COMMENTS[language] ?? '(?!)';
  const strings = language in KEYWORDS ? STRINGS : '(?!)';
  const pattern = new RegExp(`(${strings})|(${comments})|\\b(${keywords})\\b`, 'g');
  const parts: CodePart[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    const kind = match[2] !== undefined ? 'comment' : match[3] !== undefined ? 'keyword' : 'plain';
    if (kind === 'plain') continue; // strings keep keywords and comment signs inside them plain
    if (match.index > end) parts.push({ kind: 'plain', text: code.slice(end, match.index) });
    parts.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) parts.push({ kind: 'plain', text: code.slice(end) });
  return parts;
}
