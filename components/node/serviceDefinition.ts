import { createHash } from "node:crypto";
import type { LaterParts } from "../../scripts/consul/serviceParts.ts";
import {
    definitionMark,
    type DefinedPart,
    type DefinedValue,
    type ServiceDefinition,
} from "../../scripts/protocol/serviceDefinition.ts";
import { checkDefinition, named } from "./checkDefinition.ts";
import { isPlainMap, serviceLevel, withApiNames } from "./definitionKeys.ts";
import type { DefinedService, NamedService, ServiceArgs } from "./serviceArgs.ts";

/** Where a service is registered. */
export interface ServicePlace {
    /** The machine's address: where others reach the service, and where the agent does, whose own loopback is its
     * container's. */
    readonly address: string;
    /** The node's name. */
    readonly nodeName: string;
}

/** A service as the agent's HTTP API takes it. */
export function serviceDefinition(service: ServiceArgs, place: ServicePlace): ServiceDefinition {
    const plain = filledIn(
        "definition" in service ? ofDefined(service, place) : ofNamed(service, place),
        place,
    );
    const digest = createHash("sha256").update(JSON.stringify(plain)).digest("hex").slice(0, 16);
    return { ...plain, Meta: { ...plain.Meta, [definitionMark]: digest } };
}

/** The keys are in the order of the digests of stacks that exist: what came later stands behind. */
function ofNamed(service: NamedService, { address: machine }: ServicePlace): ServiceDefinition {
    const { name, id = name, address = machine, port, ports, tags = [], meta = {} } = service;
    const { checks = [], weights, taggedAddresses, connect, locality } = service;
    const asked = { host: address, port: port ?? defaultPort(ports) ?? 0 };
    return {
        ID: id,
        Name: name,
        Address: address,
        ...(port === undefined ? {} : { Port: port }),
        Tags: tags,
        Meta: sorted(meta),
        Checks: checks.map((check) => checkDefinition(check, asked)),
        ...named({
            Ports: ports?.map((one, index) => ({
                Name: one.name,
                Port: one.port,
                Default: isDefault(one, index, ports),
            })),
            TaggedAddresses: taggedAddresses && ofTagged(taggedAddresses, asked.port),
            Weights: weights && { Passing: weights.passing ?? 1, Warning: weights.warning ?? 1 },
            EnableTagOverride: service.enableTagOverride,
            SocketPath: service.socketPath,
            Kind: service.kind,
            Proxy: service.proxy,
            Connect:
                connect &&
                named({
                    Native: connect.native,
                    SidecarService:
                        connect.sidecarService && withAddress(connect.sidecarService, machine),
                }),
            Locality: locality && named({ Region: locality.region, Zone: locality.zone }),
        }),
    };
}

function ofDefined({ definition }: DefinedService, { address }: ServicePlace): ServiceDefinition {
    const part = withApiNames(definition, serviceLevel);
    const { ID, Name, Address, Tags, Meta, Checks, Connect, ...rest } = isPart(part) ? part : {};
    const name = textOf(Name);
    const { SidecarService } = isPart(Connect) ? Connect : {};
    return {
        ID: ID === undefined ? name : textOf(ID),
        Name: name,
        Address: Address === undefined ? address : textOf(Address),
        Tags: listOf(Tags).map(textOf),
        Meta: sorted(isPart(Meta) ? mapValues(Meta, textOf) : {}),
        Checks: listOf(Checks).filter(isPart),
        ...(isPart(Connect)
            ? {
                  Connect: isPart(SidecarService)
                      ? { ...Connect, SidecarService: withAddress(SidecarService, address) }
                      : Connect,
              }
            : {}),
        ...rest,
    };
}

/** A sidecar whose address is the machine's where it states none: Consul's own check of it would ask the loopback of
 * the agent's container. */
function withAddress(sidecar: DefinedPart, address: string): DefinedPart {
    const part = withApiNames(sidecar, serviceLevel);
    return isPart(part) ? { Address: address, ...part } : sidecar;
}

/** The id of a service on its agent; undefined where it has none that is a text. */
export function serviceId(service: unknown): string | undefined {
    if (!isPlainMap(service)) {
        return undefined;
    }
    const given = "definition" in service ? withApiNames(service.definition, serviceLevel) : {};
    const { ID, Name } = isPlainMap(given) ? given : {};
    const id = service.id ?? service.name ?? ID ?? Name;
    return typeof id === "string" ? id : undefined;
}

/** What of a service only later versions of Consul take. */
export function laterPartsOf(service: ServiceArgs<unknown>): LaterParts {
    if ("definition" in service) {
        const given = withApiNames(service.definition, serviceLevel);
        return isPlainMap(given) ? given : {};
    }
    const { ports: Ports, locality: Locality, checks = [] } = service;
    const overTls = checks.filter((check) => check.kind === "tcp" && check.tls === true);
    return { Ports, Locality, Checks: overTls.map(() => ({ TCPUseTLS: true })) };
}

function defaultPort(ports: NamedService["ports"]): number | undefined {
    return ports?.find((one, index) => isDefault(one, index, ports))?.port;
}

function isDefault(
    one: { readonly default?: boolean | undefined },
    index: number,
    all: readonly { readonly default?: boolean | undefined }[],
): boolean {
    const hasOne = all.some(({ default: stated }) => stated === true);
    return hasOne ? one.default === true : index === 0;
}

function ofTagged(
    addresses: NonNullable<NamedService["taggedAddresses"]>,
    servicePort: number,
): DefinedPart {
    return mapValues(sorted(addresses), ({ address, port = servicePort }) => ({
        Address: address,
        Port: port,
    }));
}

/** A definition whose placeholders are filled in. */
function filledIn(service: ServiceDefinition, place: ServicePlace): ServiceDefinition {
    const fillText = (text: string) =>
        text.replaceAll("$(address)", place.address).replaceAll("$(node)", place.nodeName);
    const fill = (value: DefinedValue): DefinedValue => {
        if (typeof value === "string") {
            return fillText(value);
        }
        if (isList(value)) {
            return value.map(fill);
        }
        return isPart(value) ? mapValues(value, fill) : value;
    };
    const { ID, Name, Address, Port, Tags, Meta, Checks, ...further } = service;
    return {
        ID: fillText(ID),
        Name: fillText(Name),
        Address: fillText(Address),
        ...(Port === undefined ? {} : { Port }),
        Tags: Tags.map(fillText),
        Meta: mapValues(Meta, fillText),
        Checks: Checks.map((check) => mapValues(check, fill)),
        ...mapValues(further, (value) => (value === undefined ? undefined : fill(value))),
    };
}

function isPart(value: unknown): value is DefinedPart {
    return isPlainMap(value);
}

function isList(value: unknown): value is readonly DefinedValue[] {
    return Array.isArray(value);
}

const listOf = (value: unknown) => (isList(value) ? value : []);
const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function sorted<T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
    return Object.fromEntries(Object.entries(map).sort());
}

function mapValues<T, R>(map: Readonly<Record<string, T>>, of: (value: T) => R): Record<string, R> {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, of(value)]));
}
