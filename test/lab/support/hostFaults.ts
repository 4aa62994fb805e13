/** The network of the hosts, in which the addresses below are. */
export const subnet = "10.77.94.0/24";

/** An address of the hosts' network that no host has. */
const nobody = "10.77.94.99";
/** Another address, which a host is given beside its own. */
const second = "10.77.94.98";

/** Something that is wrong with a host. */
export interface Fault {
    readonly what: string;
    /** Run on the host, by its own `sh`. */
    readonly make?: string;
    /** Puts it right again. */
    readonly undo?: string;
    /** Options of its node, and another address of it. */
    readonly node?: {
        readonly address?: string;
        readonly options?: Readonly<Record<string, string>>;
    };
    /** What a preview says of the node, behind who logs in where. */
    readonly says: RegExp;
}

/** Where the flags of a host's Docker are changed. */
export const dropIns = "/etc/systemd/system/docker.service.d";
/** Has a host's Docker take other flags. */
export const restart = "systemctl daemon-reload && systemctl restart docker";
/** Makes an image of somebody else's. */
export const emptyImage = `tar cT /dev/null | docker import -c 'CMD ["/x"]' - shop:1`;

/** Ways in which nobody gets in. The keys are made by the test. */
export const lockedOut = (key: (name: string) => string): readonly Fault[] => [
    {
        what: "port 22 swallows packets",
        make: "iptables -A INPUT -p tcp --dport 22 -j DROP",
        undo: "iptables -D INPUT -p tcp --dport 22 -j DROP",
        says: /port 22 does not answer: Connection timed out\. .*firewall/,
    },
    {
        what: "port 22 is closed",
        make: "systemctl stop ssh",
        undo: "systemctl start ssh",
        says: /port 22 refuses: Connection refused\. Start its SSH server/,
    },
    {
        what: "the user is another",
        node: { options: { sshUser: "nobody" } },
        says: /Permission denied \(publickey\) for the user "nobody"\. .*see driverOptions\.sshUser/,
    },
    {
        what: "the key is another",
        node: { options: { sshKey: key("other") } },
        says: /Permission denied \(publickey\) for the user "root"\. The key \S+other is not accepted/,
    },
    {
        what: "the key has a passphrase",
        node: { options: { sshKey: key("locked") } },
        says: /Permission denied \(publickey\) .*The key \S+locked has a passphrase, .*ssh-add/,
    },
    {
        what: "nobody is there",
        node: { address: nobody },
        says: /(it is not reached: No route to host|port 22 does not answer)/,
    },
];

const opsUser =
    "useradd --create-home --shell /bin/bash --password '*' ops && " +
    "install -d -o ops -g ops -m 700 /home/ops/.ssh && " +
    "install -o ops -g ops -m 600 /root/.ssh/authorized_keys /home/ops/.ssh/ && " +
    "echo 'ops ALL=(ALL) ALL' >/etc/sudoers.d/ops && chmod 440 /etc/sudoers.d/ops";

/** What is wrong with hosts as such, or what others have there. */
export const unfit: readonly Fault[] = [
    {
        what: "sudo asks for a password",
        make: opsUser,
        undo: "userdel --remove ops; rm -f /etc/sudoers.d/ops",
        node: { options: { sshUser: "ops" } },
        says: /sudo asks the user "ops" for a password: .*NOPASSWD/,
    },
    {
        what: "docker-machine does not know the system",
        make:
            "cp --remove-destination /usr/lib/os-release /etc/os-release && " +
            "sed -i 's/^ID=.*/ID=void/; s/^PRETTY_NAME=.*/PRETTY_NAME=\"Void Linux\"/' /etc/os-release",
        undo: "ln -sf ../usr/lib/os-release /etc/os-release",
        says: /it runs Void Linux, which this docker-machine does not know/,
    },
    {
        what: "a volume of somebody else's",
        make:
            "docker volume create consul-data && " +
            "echo precious >/var/lib/docker/volumes/consul-data/_data/old.txt",
        undo: "docker volume rm consul-data",
        says: /it has a volume "consul-data" that no stack of this program made\. .*docker volume rm/,
    },
    {
        what: "a container of somebody else's",
        make: `${emptyImage} && docker create --name consul shop:1`,
        undo: "docker rm --force consul; docker image rm shop:1",
        says: /it has a container "consul" \(shop:1, created\) that no stack of this program made/,
    },
    {
        what: "a port is taken",
        make: "systemd-run --unit=taken systemd-socket-activate --listen=0.0.0.0:8501 /bin/cat",
        undo: "systemctl stop taken",
        says: /port 8501\/tcp \(.+\) is taken by the program "systemd-socket-?" \(process \d+\)/,
    },
    {
        what: "a firewall keeps this computer from the engine",
        make: "iptables -A INPUT -p tcp --dport 2376 -j DROP",
        undo: "iptables -D INPUT -p tcp --dport 2376 -j DROP",
        says: /port 2376\/tcp swallows packets from this computer/,
    },
];

/** What is wrong with their Docker. */
export const otherDocker: readonly Fault[] = [
    {
        what: "a storage driver in daemon.json",
        make: `echo '{"storage-driver":"vfs"}' >/etc/docker/daemon.json && systemctl restart docker`,
        undo: "rm -f /etc/docker/daemon.json; systemctl restart docker",
        says: /daemon\.json sets "storage-driver", .*The storage driver stays vfs/,
    },
    {
        what: "a daemon.json that is none",
        make: "echo '{ storage' >/etc/docker/daemon.json",
        undo: "rm -f /etc/docker/daemon.json",
        says: /\/etc\/docker\/daemon\.json is not a JSON object\. /,
    },
    {
        what: "a Docker that is stopped",
        make: "systemctl stop docker",
        undo: "systemctl start docker",
        says: /its Docker does not answer: docker\.service is inactive/,
    },
    {
        what: "a drop-in that comes last",
        make: `mkdir -p ${dropIns} && printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/dockerd\\n' >${dropIns}/zz-own.conf && ${restart}`,
        undo: `rm -f ${dropIns}/zz-own.conf; ${restart}`,
        says: /zz-own\.conf sets ExecStart, .*Give it a name that comes before, such as 05-zz-own\.conf/,
    },
    {
        what: "a daemon in another place",
        make: "mv /usr/bin/dockerd /usr/bin/dockerd.away",
        undo: "mv /usr/bin/dockerd.away /usr/bin/dockerd",
        says: /its daemon is \/usr\/sbin\/dockerd, .*ln -s \/usr\/sbin\/dockerd \/usr\/bin\/dockerd/,
    },
    {
        what: "a machine of another docker-machine",
        make: `mkdir -p ${dropIns} && echo a >/etc/docker/ca.pem && printf '[Service]\\n' >${dropIns}/10-machine.conf && systemctl daemon-reload`,
        undo: `rm -f /etc/docker/ca.pem ${dropIns}/10-machine.conf; systemctl daemon-reload`,
        says: /another docker-machine has made it a machine already \(\/etc\/docker\/ca\.pem, 10-machine\.conf\)/,
    },
];

/** What is wrong with what they are made of. */
export const otherHost: readonly Fault[] = [
    {
        what: "a full disk",
        make: "mount -t tmpfs -o size=40m tmpfs /var/lib/docker",
        undo: "umount --lazy /var/lib/docker",
        says: /\/var\/lib\/docker has \d+ MB free\. .*make room on \/var\/lib\/docker/,
    },
    {
        what: "a /etc that cannot be written",
        make: "mount --bind /etc /etc && mount -o remount,bind,ro /etc",
        undo: "umount --lazy /etc",
        says: /\/etc cannot be written there\. /,
    },
    {
        what: "a clock that is wrong, which in a container only a stand-in of date can be",
        make: `printf '#!/bin/sh\\n[ "$1" = +%%s ] && exec /bin/date -d "1 hour ago" +%%s\\nexec /bin/date "$@"\\n' >/usr/local/bin/date && chmod 755 /usr/local/bin/date`,
        undo: "rm -f /usr/local/bin/date",
        says: /its clock is 60 minutes behind this computer's\. /,
    },
    {
        what: "one host for two nodes",
        make: `ip address add ${second}/24 dev eth0`,
        undo: `ip address del ${second}/24 dev eth0`,
        says: new RegExp(`it also has ${second.replaceAll(".", "[.]")}, the address of node-5\\. `),
    },
    {
        what: "and the other node of that one",
        node: { address: second },
        says: /it also has 10\.77\.94\.14, the address of node-4\. Each node needs a host of its own/,
    },
    {
        what: "neither ss nor netstat",
        make: "mv /bin/ss /bin/ss.away; mv /bin/netstat /bin/netstat.away",
        undo: "mv /bin/ss.away /bin/ss; mv /bin/netstat.away /bin/netstat",
        says: /it has neither ss nor netstat, /,
    },
];
