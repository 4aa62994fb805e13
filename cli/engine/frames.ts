import { Transform, type TransformCallback } from "node:stream";

/** Bytes before each piece of what a container without a terminal prints: its stream, three zeros, its length. */
const headerLength = 8;

/** The number of the stream of errors. */
const errorStream = 2;

/** A piece of what a container prints. */
export interface Piece {
    readonly isError: boolean;
    readonly bytes: Buffer;
}

/** Takes apart what an engine sends of a container's two streams, which it sends as one. */
export class Frames extends Transform {
    #held = Buffer.alloc(0);

    constructor() {
        super({ readableObjectMode: true });
    }

    override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
        this.#held = Buffer.concat([this.#held, chunk]);
        while (this.#held.length >= headerLength) {
            const end = headerLength + this.#held.readUInt32BE(4);
            if (this.#held.length < end) {
                break;
            }
            const piece: Piece = {
                isError: this.#held.readUInt8(0) === errorStream,
                bytes: this.#held.subarray(headerLength, end),
            };
            this.#held = this.#held.subarray(end);
            this.push(piece);
        }
        done();
    }
}
