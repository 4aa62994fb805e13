import { isIPv4 } from "node:net";

/** An IPv4 network, `10.89.7.0/24`, or the network of an address with a mask, `10.89.7.5/24`. */
export class Subnet {
    /** Length of the mask, 0 to 32. */
    public readonly bits: number;
    /** Number of its addresses, the first and the last included. */
    public readonly size: number;
    /** Whether the text named the network itself, with no host's number in it, as Docker wants it. */
    public readonly isNetwork: boolean;
    readonly #first: number;

    private constructor(address: string, bits: number) {
        this.bits = bits;
        this.size = 2 ** (32 - bits);
        const number = toNumber(address);
        this.#first = number - (number % this.size);
        this.isNetwork = number === this.#first;
    }

    /** Reads `ADDRESS/BITS`; undefined for any other text. */
    public static parse(text: string): Subnet | undefined {
        const [address = "", bits = "", ...rest] = text.split("/");
        const isMask = /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
        return isIPv4(address) && isMask && rest.length === 0
            ? new Subnet(address, Number(bits))
            : undefined;
    }

    /**
     * Reads `ADDRESS/BITS`, where it has been checked already.
     *
     * @throws RangeError for any other text.
     */
    public static of(text: string): Subnet {
        const subnet = Subnet.parse(text);
        if (subnet === undefined) {
            throw new RangeError(`got "${text}"; an IPv4 network, such as 10.89.7.0/24`);
        }
        return subnet;
    }

    /** The address with this number, counted from 0; -1 is the last one. */
    public nth(number: number): string {
        const address = this.#first + (number < 0 ? this.size + number : number);
        return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
    }

    /** The number of an address in this network; undefined for what is not in it. */
    public offsetOf(address: string): number | undefined {
        const offset = isIPv4(address) ? toNumber(address) - this.#first : -1;
        return offset >= 0 && offset < this.size ? offset : undefined;
    }

    /** Whether an address is in this network; false for what is not an IPv4 address. */
    public contains(address: string): boolean {
        return this.offsetOf(address) !== undefined;
    }

    /** Whether two networks share an address. */
    public overlaps(other: Subnet): boolean {
        return this.contains(other.nth(0)) || other.contains(this.nth(0));
    }
}

function toNumber(address: string): number {
    return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}
