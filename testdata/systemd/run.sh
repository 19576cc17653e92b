# What an admin does by deploy/README.md, inside of the systemd that boot.sh has booted. user, page and restore hold the
# commands that stand there.
set -eE
trap 'echo "failed: $BASH_COMMAND"
	systemctl status --no-pager --full rekey.service rekey-backup.service
	journalctl --no-pager -o cat -u rekey.service -u rekey-backup.service' ERR

answers() { curl -fsS -o /dev/null --retry 60 --retry-delay 1 --retry-all-errors http://127.0.0.1:8080/healthz 2>/dev/null; }
of() { systemctl show --property "$1" --value rekey.service; }

echo 'Defaults env_keep += "REKEY_*"' >/etc/sudoers.d/rekey-test # init asks for nothing then
export REKEY_TEAM_NAME=Example REKEY_TEAM_NUMBER=100200 REKEY_WEB_BASE_URL=https://id.example.com \
	REKEY_MAIL_HOST=127.0.0.1 REKEY_MAIL_SECURITY=none REKEY_ADMIN=admin@example.com REKEY_ADMIN_PASSWORD='seven wooden spoons'
cd /boot-test

. ./user
. ./page
answers
echo 'the page answers'

systemctl kill --signal KILL rekey.service
answers
[ "$(of NRestarts)" = 1 ]
echo 'it comes back after it was killed'

systemctl start rekey-backup.service
copies=(/var/backups/rekey/rekey-*.db)
[ ${#copies[@]} = 1 ]
[ "$(stat -c '%U %a' "${copies[0]}")" = 'rekey 600' ]
journalctl --sync
journalctl -o cat _SYSTEMD_UNIT=rekey-backup.service | grep -q 'keep a copy of the file of which the credential "key" is made'
sed "s#/var/backups/rekey/rekey-.*#${copies[0]} --force#" restore >restore-it # without a terminal there is no question
. ./restore-it
answers
echo 'a backup was made and restored'

systemctl is-active --quiet rekey-backup.timer
systemctl stop rekey.service
[ "$(of Result)" = success ]
journalctl --sync
logged=$(journalctl -o cat _SYSTEMD_UNIT=rekey.service)
[ "$(grep -c '"msg":"listening"' <<<"$logged")" = 3 ] # started, after it was killed, after the restore
if grep -v '"level":"INFO"' <<<"$logged"; then false; fi
[ -z "$(systemctl --failed --no-legend)" ]
echo 'all is well'
