import { join } from "node:path";
import { expect, test } from "vitest";
import { makeLabNetwork, removeLabNetwork } from "../../../../scripts/lab/labNetwork.ts";
import { fakeLocalEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const labels = { "consul-machines.owner": "consul-machines/dev" };
const addresses = { Config: [{ Subnet: "10.89.7.0/24", Gateway: "10.89.7.1" }] };

/** An engine that has this network, or none, and what is wanted of it. */
async function layNetwork(network?: object) {
    const socketPath = join(await tempFolder(), "docker.sock");
    let there = network;
    const made: unknown[] = [];
    const { asked } = await fakeLocalEngine((request, body) => {
        if (request === "POST /networks/create") {
            made.push(JSON.parse(body));
            return { status: 201, body: { Id: "1" } };
        }
        if (request === "DELETE /networks/consul-machines-dev") {
            there = undefined;
            return { status: 204 };
        }
        return there === undefined ? undefined : { body: there };
    }, socketPath);
    const request = {
        socketPath,
        network: "consul-machines-dev",
        subnet: "10.89.7.0/24",
        gateway: "10.89.7.1",
        owner: "consul-machines/dev",
    };
    return { request, asked, made };
}

const inspect = "GET /networks/consul-machines-dev";
const remove = "DELETE /networks/consul-machines-dev";
const create = "POST /networks/create";

test("a network that is not there is made, with its addresses and its owner's label", async () => {
    const { request, asked, made } = await layNetwork();

    await makeLabNetwork(request);

    expect(asked).toEqual([inspect, create]);
    expect(made).toEqual([
        {
            Name: "consul-machines-dev",
            CheckDuplicate: true,
            Driver: "bridge",
            IPAM: addresses,
            Labels: { ...labels, "consul-machines.lab": "network" },
        },
    ]);
});

test("one that is there as it should be is left as it is", async () => {
    const { request, asked } = await layNetwork({ Labels: labels, IPAM: addresses });

    await makeLabNetwork(request);

    expect(asked).toEqual([inspect]);
});

test.each([
    ["subnet", { Subnet: "10.89.8.0/24", Gateway: "10.89.7.1" }],
    ["gateway", { Subnet: "10.89.7.0/24", Gateway: "10.89.7.254" }],
])("a left-over of ours with another %s makes way", async (_, config) => {
    const { request, asked } = await layNetwork({ Labels: labels, IPAM: { Config: [config] } });

    await makeLabNetwork(request);

    expect(asked).toEqual([inspect, remove, create]);
});

test("another owner's is neither taken nor removed", async () => {
    const { request, asked } = await layNetwork({ Labels: null, IPAM: addresses });

    await expect(makeLabNetwork(request)).rejects.toThrow(
        'the Docker network "consul-machines-dev" is there, and not this stack\'s: it has no label ' +
            "consul-machines.owner=consul-machines/dev. Remove it",
    );
    await removeLabNetwork(request);

    expect(asked).toEqual([inspect, inspect]);
});

test("ours is removed, and one that is gone already is none to remove", async () => {
    const { request, asked } = await layNetwork({ Labels: labels, IPAM: addresses });

    await removeLabNetwork(request);
    await removeLabNetwork(request);

    expect(asked).toEqual([inspect, remove, inspect]);
});

test("an engine that refuses is heard", async () => {
    const { request } = await layNetwork();
    const refusing = { ...request, socketPath: `${request.socketPath}.other` };
    await fakeLocalEngine(
        () => ({ status: 500, body: { message: "pool overlaps" } }),
        refusing.socketPath,
    );

    await expect(makeLabNetwork(refusing)).rejects.toThrow("500: pool overlaps");
});
