import { describe } from "./mermaid.ts";
import type { DrawnContainer, DrawnMachine, Edge, Topology } from "./topology.ts";

/** Sizes, in pixels. */
const width = 240;
const line = 18;
const padding = 12;
const gap = 56;
/** Machines side by side. */
const most = 5;

/** A rectangle. */
interface Box {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
}

/** A machine, and where it and its containers are drawn. */
interface LaidOut {
    readonly machine: DrawnMachine;
    readonly box: Box;
    readonly boxes: ReadonlyMap<string, Box>;
}

/** A cluster as a picture, which every browser shows. */
export function asSvg(topology: Topology, title: string): string {
    const laidOut = layOut(topology.machines);
    const boxes = new Map(laidOut.flatMap(({ boxes: own }) => [...own]));
    const right = Math.max(width, ...laidOut.map(({ box }) => box.x + box.w)) + padding;
    const bottom = Math.max(line, ...laidOut.map(({ box }) => box.y + box.h)) + padding;
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${bottom}" width="${right}" height="${bottom}" ` +
            'font-family="sans-serif" font-size="13">',
        `<title>${escaped(title)}</title>`,
        '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
            '<path d="M0 0L8 4L0 8z" fill="#666"/></marker></defs>',
        `<rect width="${right}" height="${bottom}" fill="#fff"/>`,
        text(padding, padding + line, title, ' font-weight="bold"'),
        ...laidOut.flatMap(drawMachine),
        ...topology.edges.flatMap((edge) => drawEdge(edge, boxes)),
        "</svg>",
    ].join("\n");
}

/** Machines with servers above, the others below, so many side by side. */
function layOut(machines: readonly DrawnMachine[]): LaidOut[] {
    const isServers = ({ containers }: DrawnMachine) =>
        containers.some(({ role }) => role === "server");
    const groups = [machines.filter(isServers), machines.filter((one) => !isServers(one))];
    const laidOut: LaidOut[] = [];
    let y = padding + 2 * line;
    for (const group of groups) {
        for (let from = 0; from < group.length; from += most) {
            const row = group.slice(from, from + most).map((machine, column) => {
                const x = padding + column * (width + gap);
                return place(machine, x, y);
            });
            laidOut.push(...row);
            y += Math.max(...row.map(({ box }) => box.h)) + gap;
        }
    }
    return laidOut;
}

function place(machine: DrawnMachine, x: number, y: number): LaidOut {
    const boxes = new Map<string, Box>();
    let below = y + padding + 2 * line;
    for (const one of machine.containers) {
        const h = describe(one).length * line + padding;
        boxes.set(one.id, { x: x + padding, y: below, w: width - 2 * padding, h });
        below += h + padding;
    }
    return { machine, boxes, box: { x, y, w: width, h: below - y } };
}

function drawMachine({ machine, box, boxes }: LaidOut): string[] {
    const { x, y } = box;
    return [
        rectangle(box, 'fill="#f4f6f8" stroke="#9aa5b1"'),
        text(x + padding, y + line, machine.name, ' font-weight="bold"'),
        text(x + padding, y + 2 * line, machine.address ?? "", ' fill="#555"'),
        ...machine.containers.flatMap((one) => {
            const own = boxes.get(one.id);
            return own === undefined ? [] : drawContainer(one, own);
        }),
    ];
}

function drawContainer(one: DrawnContainer, box: Box): string[] {
    const fill = one.role === "server" ? "#fde2ee" : one.role === "client" ? "#e3effd" : "#fff";
    const stroke = one.isAlive === false ? 'stroke="#c00" stroke-dasharray="5"' : 'stroke="#555"';
    const weight = one.isLeader === true ? ' stroke-width="3"' : "";
    const lines = describe(one).map((words, index) =>
        text(box.x + padding / 2, box.y + (index + 1) * line, shortened(words)),
    );
    return [rectangle(box, `fill="${fill}" ${stroke}${weight}`), ...lines];
}

/** An arrow between the edges of two boxes that face each other. */
function drawEdge({ from, to, kind }: Edge, boxes: ReadonlyMap<string, Box>): string[] {
    const start = boxes.get(from);
    const end = boxes.get(to);
    if (start === undefined || end === undefined) {
        return [];
    }
    const [[x1, y1], [x2, y2]] = facing(start, end);
    const dash = kind === "asks" ? ' stroke-dasharray="3"' : "";
    return [
        `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#666"${dash} marker-end="url(#to)">` +
            `<title>${kind}</title></line>`,
    ];
}

type Point = readonly [x: number, y: number];

function facing(start: Box, end: Box): readonly [Point, Point] {
    const middle = (box: Box) => box.y + box.h / 2;
    const centre = (box: Box) => box.x + box.w / 2;
    if (start.x === end.x || Math.abs(middle(start) - middle(end)) > 2 * gap) {
        const isBelow = start.y > end.y;
        return [
            [centre(start), isBelow ? start.y : start.y + start.h],
            [centre(end), isBelow ? end.y + end.h : end.y],
        ];
    }
    const isRight = start.x > end.x;
    return [
        [isRight ? start.x : start.x + start.w, middle(start)],
        [isRight ? end.x + end.w : end.x, middle(end)],
    ];
}

function rectangle({ x, y, w, h }: Box, style: string): string {
    return `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="6" ${style}/>`;
}

function text(x: number, y: number, words: string, style = ""): string {
    return `<text x="${x}" y="${y}"${style}>${escaped(words)}</text>`;
}

/** As much as a box takes. */
function shortened(words: string): string {
    return words.length > 30 ? `${words.slice(0, 29)}…` : words;
}

function escaped(words: string): string {
    const named: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };
    return words.replaceAll(/[<>&]/g, (one) => named[one] ?? one);
}
