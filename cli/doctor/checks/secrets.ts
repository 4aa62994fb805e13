import { agentUser } from "../../../scripts/protocol/agentFiles.ts";
import type { Check } from "../findings.ts";
import { listed, perCluster, perNode, speakers } from "./views.ts";

/** Users who may own an agent's secrets: its own, and root. */
const owners: readonly number[] = [agentUser.uid, 0];

/** What is wrong with the secrets of a secured cluster: its gossip key, its tokens, the files that have them. */
export const secretChecks: readonly Check[] = [
    {
        id: "gossip-open",
        asks: "security",
        holds: "every agent encrypts its gossip",
        find: (facts) =>
            speakers(facts)
                .filter(({ self }) => facts.isDeclared && facts.isSecured && !self.isEncrypted)
                .map(({ self }) => ({
                    nodes: [self.name],
                    seen: "does not encrypt its gossip",
                    why:
                        "It takes members in that have no key, and sends in clear text. It was started without " +
                        "its keyring.",
                    fix:
                        "Remove its container, and run `npm start`, or `pulumi up --refresh` in a stack of your " +
                        "own: the keyring is written before it starts.",
                })),
    },
    {
        id: "gossip-keyring",
        asks: "security",
        holds: "the members have the declared gossip key, and no other",
        explainedBy: ["gossip-open"],
        find: perCluster(({ security }) => {
            const seen = keyringProblem(security?.keyring);
            return seen === undefined
                ? undefined
                : {
                      seen,
                      why:
                          "A change of the key has not ended, or was made by hand. Whoever has a key of before reads " +
                          "and writes gossip as long as it is there.",
                      fix: repairBy("gossip"),
                  };
        }),
    },
    {
        id: "tokens-missing",
        asks: "security",
        holds: "the cluster has all tokens that the stack declares",
        find: perCluster(({ security }) => {
            const { missing = [] } = security?.tokens ?? {};
            return missing.length === 0
                ? undefined
                : {
                      seen: `does not have ${some(missing)}`,
                      why:
                          "Who shows one of them is refused: agents do not register, DNS does not answer. It " +
                          "was deleted, or a snapshot of a time before it was restored.",
                      fix: repairBy("tokens"),
                  };
        }),
    },
    {
        id: "tokens-retired",
        asks: "security",
        holds: "no token of this stack's is left that was replaced",
        find: perCluster(({ security }) => {
            const { retired = [] } = security?.tokens ?? {};
            return retired.length === 0
                ? undefined
                : {
                      seen: `still accepts ${some(retired)}`,
                      why:
                          "It was replaced, or its node is not declared any more; who has it has its rights. A " +
                          "change has not ended, or a snapshot of a time before it was restored.",
                      fix: repairBy("tokens"),
                  };
        }),
    },
    {
        id: "secrets-readable",
        asks: "security",
        holds: "the agents' secrets are readable for the agents alone",
        find: perNode(({ container }) => {
            const readable = (container?.secrets ?? []).filter(
                ({ mode, uid }) => (mode & 0o077) !== 0 || !owners.includes(uid),
            );
            const said = readable.map(
                ({ path, mode, uid }) => `${path} (mode ${mode.toString(8)}, of user ${uid})`,
            );
            return readable.length === 0
                ? undefined
                : {
                      seen: `others may read ${listed(said)}`,
                      why: "Every user of its container, and of its machine who reaches the volume, has these secrets.",
                      fix:
                          "`docker exec -u root consul chmod 600 FILE` on its machine; and, where others use it, " +
                          "count `rotate.tokens` and `rotate.leaf` up, and `pulumi up`.",
                  };
        }),
    },
];

function keyringProblem(
    keyring: { nodes: number; holding: number; using: number; others: number } | undefined,
): string | undefined {
    if (keyring === undefined) {
        return undefined;
    }
    const { nodes, holding, using, others } = keyring;
    const parts = [
        ...(holding < nodes ? [`${holding} of ${nodes} members have the declared gossip key`] : []),
        ...(holding === nodes && using < nodes
            ? [`${using} of ${nodes} members encrypt with the declared gossip key`]
            : []),
        ...(others > 0
            ? [`${others === 1 ? "another key is" : `${others} others are`} there`]
            : []),
    ];
    return parts.length === 0 ? undefined : listed(parts);
}

/** Up to three of these descriptions of tokens, and how many more there are. */
function some(descriptions: readonly string[]): string {
    const quoted = descriptions.slice(0, 3).map((one) => `"${one}"`);
    const more = descriptions.length - quoted.length;
    return listed([...quoted, ...(more > 0 ? [`${more} more`] : [])]);
}

/** What ends a change of secrets that was interrupted, and what makes one good that was made otherwise. */
function repairBy(what: "gossip" | "tokens"): string {
    return (
        "`pulumi up` goes on with a change that was interrupted. Else count it up in the settings, " +
        `\`pulumi config set --path rotate.${what} N\`, and \`pulumi up\`.`
    );
}
