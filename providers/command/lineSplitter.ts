import { StringDecoder } from "node:string_decoder";

/** Splits what several streams print into lines, in the order in which it comes, as a terminal would show it. */
export class LineSplitter {
    readonly #onLine: (line: string) => void;
    #rest = "";

    constructor(onLine: (line: string) => void) {
        this.#onLine = onLine;
    }

    /** Takes what one stream prints. */
    stream(): (data: Buffer) => void {
        const decoder = new StringDecoder();
        return (data) => {
            const [first = "", ...others] = decoder.write(data).split("\n");
            const lines = [this.#rest + first, ...others];
            this.#rest = lines.pop() ?? "";
            lines.forEach((line) => {
                this.#onLine(line.replace(/\r$/, ""));
            });
        };
    }

    /** Ends the last line, where it has no end of its own. */
    end(): void {
        if (this.#rest !== "") {
            this.#onLine(this.#rest.replace(/\r$/, ""));
            this.#rest = "";
        }
    }
}
