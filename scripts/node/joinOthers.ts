import { alive } from "../consul/consulClient.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";

/** Milliseconds before a node that is not taken in shows itself again. */
const showAgainAfter = 5000;

/** Brings one node together with the servers, while it is waited for. */
export class OthersJoiner {
    readonly #agent: ConsulClient;
    readonly #request: AgentRequest;
    #shown = Date.now();

    constructor(agent: ConsulClient, request: AgentRequest) {
        this.#agent = agent;
        this.#request = request;
    }

    /**
     * Joins a node that sees nobody to the servers. One that came back empty, above all the bootstrap
     * server, whose arguments name nobody, would otherwise stay alone; so would one whose arguments
     * name only servers that are gone.
     */
    async pullIn(): Promise<void> {
        const { servers, nodeName } = this.#request;
        const members = await this.#agent.members();
        const sees = members.some(({ Name, Status }) => Name !== nodeName && Status === alive);
        if (!sees) {
            for (const [name, address] of Object.entries(servers)) {
                progress(`joining ${name}`);
                await this.#join(address);
            }
        }
    }

    /**
     * Has a node that has moved show itself once more. Those who knew it at another address take it
     * in only half a minute after they called it dead there, and would hear of it again only by chance.
     */
    async showAgain(): Promise<void> {
        if (Date.now() - this.#shown >= showAgainAfter) {
            this.#shown = Date.now();
            const { servers } = this.#request;
            await Promise.all(Object.values(servers).map((address) => this.#join(address)));
        }
    }

    #join(address: string): Promise<void> {
        return this.#agent.join(new URL(address).hostname).catch(() => undefined);
    }
}
