import type { NetworkInspectInfo } from "dockerode";
import type { Properties } from "../../protocol/provider.ts";
import {
    bool,
    computed,
    labels,
    map,
    replaces,
    required,
    text,
    type Schema,
} from "../schema/property.ts";
import { objectsOf } from "../schema/values.ts";
import { labelList, labelMap } from "./labels.ts";
import type { Answer, ResourceType } from "./resourceType.ts";
import { retryWhile } from "./retryWhile.ts";

const schema: Schema = {
    attachable: { ...bool, ...replaces },
    driver: { ...text, ...replaces, ...computed },
    ingress: { ...bool, ...replaces },
    internal: { ...bool, ...replaces, ...computed },
    ipamConfigs: {
        type: "set",
        ...replaces,
        ...computed,
        terraform: "ipam_config",
        fields: {
            auxAddress: { ...map, ...replaces },
            gateway: { ...text, ...replaces },
            ipRange: { ...text, ...replaces },
            subnet: { ...text, ...replaces },
        },
    },
    ipamDriver: { ...text, ...replaces, default: "default" },
    ipamOptions: { ...map, ...replaces },
    ipv6: { ...bool, ...replaces },
    labels,
    name: { ...text, ...replaces, ...required },
    options: { ...map, ...replaces, ...computed },
    scope: { ...text, ...computed },
};

/** `docker:index/network:Network`, as Pulumi's docker plugin 5.2.0 has it. */
export const network: ResourceType = {
    token: "docker:index/network:Network",
    schema,
    meta: { schema_version: "1" },

    create: async (engine, inputs, made) => {
        const { Id: id } = await engine.use((api) =>
            api.ask<{ readonly Id: string }>("/networks/create", {
                method: "POST",
                json: { CheckDuplicate: true, ...requestOf(inputs) },
            }),
        );
        made(id);
        const info = await engine.use((api) => api.ask<NetworkInspectInfo>(`/networks/${id}`));
        return answerOf(info);
    },

    read: async (engine, id) => {
        const path = `/networks/${encodeURIComponent(id)}`;
        const info = await engine.use((api) => api.find<NetworkInspectInfo>(path));
        return info === undefined ? undefined : answerOf(info);
    },

    delete: async (engine, id, _state, { signal }) => {
        const path = `/networks/${encodeURIComponent(id)}`;
        await retryWhile(/has active endpoints/, signal, () =>
            engine.use(async (api) => {
                if ((await api.find(path)) !== undefined) {
                    await api.text(path, { method: "DELETE" });
                }
            }),
        );
    },
};

function requestOf(inputs: Properties): object {
    return {
        Name: inputs.name,
        Driver: inputs.driver ?? "bridge",
        Options: inputs.options,
        Internal: inputs.internal,
        Attachable: inputs.attachable,
        Ingress: inputs.ingress,
        EnableIPv6: inputs.ipv6,
        Labels: labelMap(inputs.labels),
        IPAM: {
            Driver: inputs.ipamDriver,
            Options: inputs.ipamOptions,
            Config: objectsOf(inputs.ipamConfigs).map(
                ({ subnet, ipRange, gateway, auxAddress }) => ({
                    Subnet: subnet,
                    IPRange: ipRange,
                    Gateway: gateway,
                    AuxiliaryAddresses: auxAddress,
                }),
            ),
        },
    };
}

function answerOf(info: NetworkInspectInfo): Answer {
    const { IPAM: ipam } = info;
    return {
        id: info.Id,
        values: {
            attachable: info.Attachable,
            driver: info.Driver,
            ingress: info.Ingress,
            internal: info.Internal,
            ipamConfigs: (ipam?.Config ?? []).map((config) => ({
                subnet: config.Subnet,
                gateway: config.Gateway,
                ipRange: config.IPRange,
                auxAddress: config.AuxiliaryAddresses,
            })),
            ipamDriver: ipam?.Driver,
            ipamOptions: ipam?.Options ?? {},
            ipv6: info.EnableIPv6,
            labels: labelList(info.Labels),
            name: info.Name,
            options: info.Options ?? {},
            scope: info.Scope,
        },
    };
}
