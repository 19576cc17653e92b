#!/bin/sh
# Boots a systemd of its own: in namespaces, on an overlay of this host's files, without a network. The directory $1 is
# seen inside as /boot-test, and run.sh in it is run; nothing outside of it is changed. Exit code 77: this host does not
# allow that.
set -eu
trap 'exit 77' EXIT
dir=$1
if [ "${2-}" != inside ]; then
	groups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -n "$groups" ]
	apart='timeout -s KILL 400 unshare --cgroup --mount --pid --uts --ipc --net --fork --kill-child --propagation private'
	$apart true
	group=$(mktemp -d "$groups/rekey-XXXXXX")
	trap 'find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true' EXIT
	status=0
	(echo 0 >"$group/cgroup.procs" && exec $apart sh "$0" "$dir" inside) || status=$?
	exit $status
fi

root=$dir/root
mkdir -p "$root"
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/all"
cd "$root/all"
mkdir -p boot-test old-root
mount --bind "$dir" boot-test
mount -t proc proc proc
mount --bind proc/sys proc/sys # the kernel's settings are the host's
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
	: >"dev/$device"
	mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mkdir dev/shm dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
: >etc/machine-id
pivot_root . old-root
umount -l /old-root
mount --make-rshared / # as systemd finds it on a host: credentials are mounted where the service sees them
ln -s /dev/null /etc/systemd/system/systemd-sysctl.service
cp /boot-test/*.target /boot-test/*.service /etc/systemd/system/
trap - EXIT
exec env -i container=rekey-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no \
	--log-target=null --unit=rekey-test.target </dev/null
