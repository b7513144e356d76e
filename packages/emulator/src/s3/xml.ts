import { S3Refusal } from './s3-refusal.ts'

/** One element: its children, or its text. */
export interface Element {
  name: string
  text: string
  children: Element[]
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text made safe between tags. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (char) => `&#${char.charCodeAt(0)};`)
}

/** An element with text; empty text makes an empty element. */
export function element(name: string, text: string | number): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`
}

/** A whole document around `inner`. */
export function xmlDocument(root: string, inner: string): string {
  const header = '<?xml version="1.0" encoding="UTF-8"?>\n'
  return `${header}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`
}

/** Reads the small XML bodies of S3; attributes are passed over. Throws MalformedXML. */
export function parseXml(text: string): Element {
  const top: Element = { name: '', text: '', children: [] }
  const open: Element[] = [top]
  const tokens = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy
  let end = 0
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    end = tokens.lastIndex
    const [, closing, name, empty, words] = token
    const current = open.at(-1) ?? top
    if (words !== undefined) current.text += unescapeXml(words)
    else if (name === undefined) continue
    else if (closing === '/') {
      if (current.name !== name || current === top) throw new S3Refusal('MalformedXML')
      open.pop()
    } else {
      const child: Element = { name, text: '', children: [] }
      current.children.push(child)
      if (empty !== '/') open.push(child)
    }
  }
  const root = top.children[0]
  if (end !== text.length || open.length !== 1 || root === undefined) throw new S3Refusal('MalformedXML')
  return root
}

/** The children of that name. */
export function childrenOf(parent: Element, name: string): Element[] {
  return parent.children.filter((child) => child.name === name)
}

/** Text of the first child of that name, or undefined. */
export function textOf(parent: Element, name: string): string | undefined {
  return childrenOf(parent, name)[0]?.text
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
