import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A resolver of a few names, on this computer. */
export interface NameServer {
    /** The names that it was asked for. */
    readonly asked: () => readonly string[];
    readonly close: () => Promise<void>;
}

/** Answers questions for addresses, by UDP; of every name but these it says that there is none. */
export async function nameServer(
    port: number,
    addresses: Readonly<Record<string, string>>,
): Promise<NameServer> {
    const socket = createSocket("udp4");
    const asked: string[] = [];
    socket.on("message", (question, { address, port: from }) => {
        const { name, end } = questionIn(question);
        asked.push(name);
        const found = addresses[name.toLowerCase()];
        const isAddress = question.readUInt16BE(end - 4) === 1;
        const answers = found !== undefined && isAddress ? [record(found)] : [];
        const header = Buffer.alloc(12);
        question.copy(header, 0, 0, 2);
        // A response that recursed; code 3 where there is no such name.
        header.writeUInt16BE(0x8180 | (found === undefined ? 3 : 0), 2);
        header.writeUInt16BE(1, 4);
        header.writeUInt16BE(answers.length, 6);
        const answer = Buffer.concat([header, question.subarray(12, end), ...answers]);
        socket.send(answer, from, address);
    });
    socket.bind(port);
    await once(socket, "listening");
    return {
        asked: () => asked,
        close: async () => {
            socket.close();
            await once(socket, "close");
        },
    };
}

/** The name that is asked for, and where the question ends. */
function questionIn(message: Buffer): { readonly name: string; readonly end: number } {
    const labels: string[] = [];
    let at = 12;
    for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
        labels.push(message.toString("ascii", at + 1, at + 1 + length));
        at += 1 + length;
    }
    return { name: labels.join("."), end: at + 5 };
}

/** An answer: the name of the question, an address, for a minute. */
function record(address: string): Buffer {
    const head = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    return Buffer.concat([head, Buffer.from(address.split(".").map(Number))]);
}
