import {
    createToken,
    deleteToken,
    listPolicies,
    listTokens,
    readPolicy,
    tokenOf,
    updateToken,
    writePolicy,
    type KnownToken,
    type Policy,
    type TokenContent,
} from "../consul/consulAcl.ts";
import type { ConsulConnection } from "../consul/consulConnection.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { property } from "../system/json.ts";
import type { AccessFile } from "./accessFile.ts";
import { ClusterSecrets } from "./secrets.ts";
import {
    managementContent,
    retiredTokens,
    wantedPolicies,
    wantedTokens,
    type WantedToken,
} from "./tokens.ts";

/** What of a cluster's rights says which tokens it is to have. */
type TokenSource = Pick<AccessFile, "seed" | "datacenter">;

/**
 * Makes the policies and tokens that a cluster lacks, and puts right those that differ. Each is looked for first, so
 * it may be done again, and a cluster that has them all is only read.
 *
 * @param consul an agent of a cluster that has a leader.
 * @returns the names of what was made or changed, for the operator: no secrets.
 * @throws ConsulError where the cluster refuses our management token.
 */
export async function makeTokens(
    consul: ConsulConnection,
    rights: ClusterRights,
    source: TokenSource,
): Promise<string[]> {
    const management = await makeManagement(consul, rights, source);
    const [knownTokens, knownPolicies] = await Promise.all([
        listTokens(consul),
        listPolicies(consul),
    ]);
    // Before the tokens, which refer to them by their names.
    const made = await Promise.all(
        wantedPolicies(rights).map((policy) => {
            const known = knownPolicies.find(({ Name }) => Name === policy.Name);
            return makePolicy(consul, policy, known?.ID);
        }),
    );
    const tokens = await Promise.all(
        wantedTokens(rights, source).map((token) => {
            const known = knownTokens.find(({ AccessorID }) => AccessorID === token.accessorId);
            return makeToken(consul, token, known);
        }),
    );
    return [management, ...made, ...tokens].filter((name) => name !== undefined);
}

/** The management token: a first one is there already, brought in by the servers' configuration under an id and a
 * description of Consul's. */
async function makeManagement(
    consul: ConsulConnection,
    rights: ClusterRights,
    { seed }: TokenSource,
): Promise<string | undefined> {
    const token = new ClusterSecrets(seed, rights.rotation).token("management");
    const known = await tokenOf(consul, token.secretId);
    return makeToken(consul, { ...token, content: managementContent(rights) }, known);
}

async function makeToken(
    consul: ConsulConnection,
    { accessorId, secretId, content }: WantedToken,
    known: KnownToken | undefined,
): Promise<string | undefined> {
    if (known === undefined) {
        await createToken(consul, { AccessorID: accessorId, SecretID: secretId, ...content });
    } else if (!isAsWanted(known, content)) {
        await updateToken(consul, known.AccessorID, content);
    } else {
        return undefined;
    }
    return content.Description;
}

async function makePolicy(
    consul: ConsulConnection,
    policy: Omit<Policy, "ID">,
    id: string | undefined,
): Promise<string | undefined> {
    if (id === undefined) {
        await writePolicy(consul, policy);
    } else if ((await readPolicy(consul, id)).Rules !== policy.Rules) {
        await writePolicy(consul, { ...policy, ID: id });
    } else {
        return undefined;
    }
    return policy.Name;
}

/**
 * Deletes the tokens that were made for this cluster before, and that it is not to have any more; those of nodes that
 * are not declared any more as well. Others' tokens are not touched.
 *
 * @param earlier management tokens of before, which Consul may have brought in under a description of its own.
 * @returns the descriptions of those that were deleted.
 */
export async function deleteRetired(
    consul: ConsulConnection,
    rights: ClusterRights,
    source: TokenSource,
    earlier: readonly string[] = [],
): Promise<string[]> {
    const { secretId } = new ClusterSecrets(source.seed, rights.rotation).token("management");
    const management = await tokenOf(consul, secretId);
    if (management === undefined) {
        throw new Error("the cluster does not have its management token yet: nothing is deleted");
    }
    const wanted = new Set([
        management.AccessorID,
        ...wantedTokens(rights, source).map(({ accessorId }) => accessorId),
    ]);
    const left = await Promise.all(earlier.map((secret) => tokenOf(consul, secret)));
    const retired = new Map(
        [
            ...retiredTokens(await listTokens(consul), rights.access, wanted),
            ...left.filter((token) => token !== undefined && !wanted.has(token.AccessorID)),
        ]
            .filter((token) => token !== undefined)
            .map((token) => [token.AccessorID, token.Description]),
    );
    await Promise.all([...retired.keys()].map((accessorId) => deleteToken(consul, accessorId)));
    return [...retired.values()];
}

/** Whether a token that was found has this description and these rights. */
function isAsWanted(found: KnownToken, wanted: TokenContent): boolean {
    const list = (token: object, name: keyof TokenContent): readonly unknown[] => {
        const value: unknown = property(token, name);
        return Array.isArray(value) ? value : [];
    };
    const holds = (name: keyof TokenContent) => {
        const [has, needs] = [list(found, name), list(wanted, name)];
        return (
            has.length === needs.length &&
            needs.every((need) => has.some((one) => isPart(need, one)))
        );
    };
    return (
        found.Description === wanted.Description &&
        (["Policies", "NodeIdentities", "TemplatedPolicies"] as const).every(holds)
    );
}

/** Whether a value has all properties of another one. */
function isPart(part: unknown, whole: unknown): boolean {
    return Object.entries(part ?? {}).every(([key, value]) => property(whole, key) === value);
}
