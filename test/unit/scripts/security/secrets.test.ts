import { expect, test } from "vitest";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";

const seed = Buffer.alloc(32, 1).toString("base64");
const rotation = { gossip: 1, tokens: 1, management: 1 };
const secrets = new ClusterSecrets(seed, rotation);

// By HKDF of another implementation too. Were they to change, every existing cluster would lose its gossip key and its tokens.
test("from one seed come the same secrets for ever", () => {
    expect({
        gossip: secrets.gossipKey,
        management: secrets.token("management"),
        operate: secrets.token("operate"),
        agent: secrets.nodeToken("agent", "a"),
        recovery: secrets.nodeToken("recovery", "a"),
    }).toEqual({
        gossip: "M6hWh8RmDqfM5ATgKOjGwEya5TZkVKSAzBaSb3TfNLY=",
        management: {
            accessorId: "f3d51fcf-d9dd-40f0-91b7-96c8a25aa42a",
            secretId: "81e3e24b-3661-4629-9dde-813179f45562",
        },
        operate: {
            accessorId: "e963f60b-f99f-492b-b30d-e2aa4e18516a",
            secretId: "17d84327-b72d-4fb4-9297-261b93d7fea4",
        },
        agent: {
            accessorId: "dd4e9a3e-e3d8-4d10-8c5c-624fd55d3f8c",
            secretId: "9fe23277-1ead-4fe5-8f26-b427e84003a3",
        },
        recovery: {
            accessorId: "94f444f2-ee81-43f9-a37d-fb3d98bdcbdd",
            secretId: "ca8c7c9f-f973-4105-bca0-0d285ef1a105",
        },
    });
});

test("each number changes what it counts, and nothing else", () => {
    const all = (over: Partial<typeof rotation>, of = seed) => {
        const one = new ClusterSecrets(of, { ...rotation, ...over });
        return {
            gossip: one.gossipKey,
            management: one.token("management").secretId,
            operate: one.token("operate").secretId,
            agent: one.nodeToken("agent", "a").secretId,
        };
    };
    const { gossip, management, operate, agent } = all({});
    expect(all({ gossip: 2 })).toMatchObject({ management, operate, agent });
    expect(all({ gossip: 2 }).gossip).not.toBe(gossip);
    expect(all({ management: 2 })).toMatchObject({ gossip, operate, agent });
    expect(all({ management: 2 }).management).not.toBe(management);
    expect(all({ tokens: 2 })).toMatchObject({ gossip, management });
    const others = [all({ tokens: 2 }), all({}, Buffer.alloc(32, 2).toString("base64"))];
    expect(others.map((one) => [one.operate, one.agent])).not.toContainEqual([operate, agent]);
    const values = [all({}), all({ gossip: 2 }), ...others].flatMap((one) => Object.values(one));
    // The gossip key and the management token are the same in two and three of the four.
    expect(new Set(values).size).toBe(11);
});

test("tokens are UUIDs of version 4, whose public id says nothing of the secret", () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const { accessorId, secretId } of [
        secrets.token("dns"),
        secrets.nodeToken("agent", "b"),
    ]) {
        expect([accessorId, secretId]).toEqual([
            expect.stringMatching(uuid),
            expect.stringMatching(uuid),
        ]);
        expect(accessorId).not.toBe(secretId);
    }
});
