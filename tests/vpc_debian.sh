#!/bin/bash
# `meson install` on a Debian: keyfile profiles and no network-scripts, so no rule- and route- files, and the rest as ever.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

begin 2
host rm -r /etc/sysconfig
vpc install "$1"
before=$(policy)
check 'nmcli con up' up eth1
check 'both Elastic IPs answer' elastic_ips_answer
vpc settle
check 'nothing is left to do' eventually nothing_to_do
check 'check finds nothing wrong, once DHCPv6 has answered' eventually exits 0 host eni-routes check --quiet
check 'no directory of EL'\''s was made' exits 2 host ls /etc/sysconfig
check 'the tables have their names' prints eth1 host cat /etc/iproute2/rt_tables.d/eni-routes.conf
check 'files: all makes none either' \
    host sh -c 'echo "files: all" >/etc/eni-routes/config.yaml; eni-routes regenerate; ! ls /etc/sysconfig'
check 'clean' host eni-routes clean
check 'leaves the kernel as it was' unchanged "$before" policy
done_testing
