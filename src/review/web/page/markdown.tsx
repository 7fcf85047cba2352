import { lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren } from "preact";

/** Markdown as elements. HTML in it stays text, links lead nowhere but to https. */
export function Markdown({ text }: { text: string }) {
  return <>{lexer(text).map(block)}</>;
}

function block(token: Token, key: number): ComponentChildren {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      // The dialog has the page's first heading.
      const Level = `h${Math.min(depth + 1, 6)}` as "h2";
      return <Level key={key}>{inline(tokens)}</Level>;
    }
    case "paragraph":
      return <p key={key}>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "code": {
      const { text, lang } = token as Tokens.Code;
      return (
        <pre key={key} tabIndex={0} aria-label={lang === "diff" ? "Example, as a diff" : "Example"}>
          <code>{lang === "diff" ? text.split("\n").map(diffLine) : text}</code>
        </pre>
      );
    }
    case "list": {
      const { ordered, items } = token as Tokens.List;
      const List = ordered ? "ol" : "ul";
      return (
        <List key={key}>
          {items.map((item, index) => (
            <li key={index}>{item.tokens.map(block)}</li>
          ))}
        </List>
      );
    }
    case "blockquote":
      return <blockquote key={key}>{(token as Tokens.Blockquote).tokens.map(block)}</blockquote>;
    case "table":
      return <Table key={key} table={token as Tokens.Table} />;
    case "hr":
      return <hr key={key} />;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return tokens === undefined ? text : <span key={key}>{inline(tokens)}</span>;
    }
    case "space":
    case "def":
      return null;
    default:
      return <p key={key}>{token.raw}</p>;
  }
}

function diffLine(line: string, key: number): ComponentChildren {
  const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : undefined;
  return (
    <span key={key} class={kind}>
      {line}
      {"\n"}
    </span>
  );
}

function Table({ table }: { table: Tokens.Table }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={index} scope="col">
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{inline(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(tokens: readonly Token[]): ComponentChildren[] {
  return tokens.map((token, key) => {
    switch (token.type) {
      case "strong":
        return <strong key={key}>{inline((token as Tokens.Strong).tokens)}</strong>;
      case "em":
        return <em key={key}>{inline((token as Tokens.Em).tokens)}</em>;
      case "codespan":
        return <code key={key}>{(token as Tokens.Codespan).text}</code>;
      case "br":
        return <br key={key} />;
      case "link":
        return <Link key={key} link={token as Tokens.Link} />;
      case "text":
      case "escape":
        return (token as Tokens.Text).text;
      default:
        return token.raw;
    }
  });
}

function Link({ link }: { link: Tokens.Link }) {
  if (!link.href.startsWith("https://")) return <>{inline(link.tokens)}</>;
  return (
    <a href={link.href} target="_blank" rel="noopener noreferrer">
      {inline(link.tokens)}
    </a>
  );
}
