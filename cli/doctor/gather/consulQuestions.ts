import { z } from "zod";

/** How long one answer may take: without a leader some would take ten seconds. */
const patience = 3000;

/** An agent does not answer whoever has no token, or not this one. */
export class Refused extends Error {}

/** An agent answers, but not what it was asked. */
export class Unanswered extends Error {}

/** Asks one agent, with the operator's token if there is one, as Consul's own command does. */
export class ConsulQuestions {
    readonly #httpAddress: string;
    readonly #headers: Readonly<Record<string, string>>;

    constructor(httpAddress: string, env: NodeJS.ProcessEnv = process.env) {
        this.#httpAddress = httpAddress;
        const token = env.CONSUL_HTTP_TOKEN ?? "";
        this.#headers = token === "" ? {} : { "x-consul-token": token };
    }

    /** The leader's Raft address, empty while there is none: a client agent that knows no server
     * answers with an error, and that is an answer too. */
    async leader(): Promise<string> {
        return this.ask("/v1/status/leader", z.string()).catch((error: unknown) => {
            if (error instanceof Unanswered) {
                return "";
            }
            throw error;
        });
    }

    /**
     * @throws Refused where a token is wanted.
     * @throws Unanswered where it answers with an error.
     * @throws Error where there is no answer, or not the expected one.
     */
    async ask<T>(path: string, schema: z.ZodType<T>, alsoFine: readonly number[] = []): Promise<T> {
        const response = await fetch(this.#httpAddress + path, {
            headers: this.#headers,
            signal: AbortSignal.timeout(patience),
        });
        if (response.status === 403 || response.status === 401) {
            throw new Refused(`${path}: ${(await response.text()).trim()}`);
        }
        if (!response.ok && !alsoFine.includes(response.status)) {
            throw new Unanswered(`${path}: ${response.status} ${(await response.text()).trim()}`);
        }
        return schema.parse(await response.json());
    }

    /** What the agent logs from now on, for a while. */
    async listen(milliseconds: number): Promise<string[]> {
        let text = "";
        try {
            const response = await fetch(`${this.#httpAddress}/v1/agent/monitor?loglevel=info`, {
                headers: this.#headers,
                signal: AbortSignal.timeout(milliseconds),
            });
            const decoder = new TextDecoder();
            for await (const chunk of response.ok ? (response.body ?? []) : []) {
                text += decoder.decode(chunk as Uint8Array, { stream: true });
            }
        } catch {
            // It is us who hang up in the end; an agent that says nothing shows no signs.
        }
        return text.split("\n").filter((line) => line !== "");
    }
}
