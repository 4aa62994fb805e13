#!/bin/sh
# Turns a Debian with the packages of packages.txt into the lab machine. Runs once, in the build.
# Most of what it leaves out is left out for speed: docker-machine logs in some twenty times to
# provision one machine, and a cluster provisions many machines at once on one computer.
set -eu

here=$(dirname "$0")
cp -R "$here/rootfs/." /
chown -R root:root /etc/ssh /etc/systemd /etc/sudoers.d /etc/containerd /usr/local/sbin
chmod 755 /usr/local/sbin/lab-init
chmod 440 /etc/sudoers.d/lab

# Debian has the daemon in /usr/sbin, docker-machine's drop-in starts /usr/bin/dockerd.
ln -sf /usr/sbin/dockerd /usr/bin/dockerd
# docker-machine copies certificates there without making it (Docker >= 23).
mkdir -p /etc/docker

# A machine brings no keys and no identity of its own: lab-init makes them on the first start.
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: >/etc/machine-id
mkdir -p -m 700 /root/.ssh
# With UsePAM off, sshd refuses accounts that are locked ("!"); "*" is no password and no lock.
usermod --password '*' root
rm -f /root/.bashrc /root/.profile /etc/motd

# Names of this very machine are answered without asking a name server (sudo asks on each call).
sed -i 's/^hosts:.*/hosts: files myhostname dns/' /etc/nsswitch.conf

# docker-machine runs `apt-get update`. With no sources it takes no time and needs no network; to
# install more here, put back: deb http://deb.debian.org/debian bookworm main
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/* /var/cache/apt/archives
echo '# None, so that "apt-get update" is instant and needs no network.' >/etc/apt/sources.list
mkdir -p /var/cache/apt/archives/partial

# rancher-machine waits for cloud-init where the machine is an Ubuntu; there is nothing to wait for.
if ! command -v cloud-init >/dev/null; then
    printf '#!/bin/sh\nexit 0\n' >/usr/local/bin/cloud-init
    chmod 755 /usr/local/bin/cloud-init
fi

# What a machine in a container has no use for: consoles, clocks, devices, seats, periodic chores.
# systemd-sysctl must not run: outside of its network, this kernel is the one of the host.
for unit in \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    motd-news.timer systemd-tmpfiles-clean.timer e2scrub_reap.service \
    console-getty.service getty.target getty-static.service getty@.service \
    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-logind.service \
    systemd-user-sessions.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-random-seed.service systemd-timesyncd.service systemd-resolved.service \
    systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service \
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-modules-load.service kmod-static-nodes.service \
    systemd-sysctl.service systemd-sysusers.service systemd-firstboot.service \
    systemd-machine-id-commit.service systemd-repart.service systemd-pstore.service \
    systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-binfmt.service \
    systemd-remount-fs.service systemd-initctl.socket systemd-journal-flush.service \
    proc-sys-fs-binfmt_misc.automount sys-fs-fuse-connections.mount sys-kernel-config.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
    docker.socket ssh.socket; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done

# Each `systemctl daemon-reload` runs all generators, and `enable` asks SysV scripts of the same
# name first: half a second per provisioned machine for units that are never there.
mkdir -p /etc/systemd/system-generators
for generator in /lib/systemd/system-generators/*; do
    ln -sf /dev/null "/etc/systemd/system-generators/${generator##*/}"
done
rm -f /etc/init.d/*
systemctl set-default multi-user.target
systemctl enable ssh.service docker.service containerd.service

rm -rf /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/log/bootstrap.log /tmp/*
