# shellcheck shell=bash
# A repository for yum and dnf, of packages that are built already; tools/rpm sources it. It builds nothing, and of a
# repository that is there it replaces no package: what clients have in their caches has to stay true.

# build_of RPM: what two builds of one number differ in, whether they are signed or not.
build_of() { rpm -qp --nosignature --qf '%{BUILDTIME} %{BUILDHOST} [%{FILEDIGESTS} ]' "$1"; }

# refuse_repository: before anything is written.
refuse_repository() {
    local rpm old
    : "${dir:?}" "${repo:?}"
    compgen -G "$dir/eni-routes-*.rpm" >/dev/null || { say "there are no packages in $dir"; exit 1; }
    for rpm in "$dir"/eni-routes-*.rpm; do
        old=$repo/${rpm##*/}
        if [ -e "$old" ] && [ "$(build_of "$old")" != "$(build_of "$rpm")" ]; then
            say "${rpm##*/} is in $repo already, and is another build. A new one takes a new number: --release N"
            exit 1
        fi
    done
    for rpm in "$repo"/eni-routes-*.rpm; do
        if [ -n "$key" ] && [ -e "$rpm" ] && ! is_signed "$rpm"; then
            say "${rpm##*/} was published in $repo without this key's signature: make a new repository"
            exit 1
        fi
    done
}

# find_key: the last 16 digits of its fingerprints, in `key_ids`. Where it cannot sign, or has to, this is known before
# minutes are spent on a build.
find_key() {
    if [ -z "$key" ]; then
        [ ! -e "$repo/RPM-GPG-KEY-eni-routes" ] || { say "$repo is a signed repository: --sign KEY"; exit 1; }
        return
    fi
    key_ids=$(gpg --batch --with-colons --list-secret-keys "$key" 2>/dev/null |
        awk -F: '$1 == "fpr" { print tolower(substr($10, length($10) - 15)) }') || :
    [ -n "$key_ids" ] || { say "gpg has no secret key '$key'"; exit 1; }
    # Where gpg's agent asks for a passphrase.
    if [ -t 0 ]; then GPG_TTY=$(tty) && export GPG_TTY; fi
}

# is_signed RPM: by that key or one of its subkeys.
is_signed() {
    rpm -qp --nosignature --qf '%{RSAHEADER:pgpsig}\n%{DSAHEADER:pgpsig}\n' "$1" | sed -n 's/.*Key ID //p' | grep -qxF "$key_ids"
}

# sign_package RPM: Debian's rpm calls gpg by a name that only its gnupg2 had.
sign_package() { quietly rpmsign --define "__gpg $(command -v gpg)" --define "_gpg_name $key" --addsign "$1"; }

# add_packages: each appears under its name when it is whole and signed.
add_packages() {
    local rpm new
    for rpm in "$dir"/eni-routes-*.rpm; do
        new=$staging/${rpm##*/}
        [ ! -e "$repo/${rpm##*/}" ] || continue
        cp "$rpm" "$new"
        [ -z "$key" ] || is_signed "$new" || sign_package "$new"
        chmod 644 "$new"
        mv "$new" "$repo/"
    done
}

sign_file() { gpg --batch --yes --quiet --local-user "$key" --armor --output "$1.asc" --detach-sign "$1"; }

# write_metadata: in a form that EL 7's yum reads too (no zstd), and the signature appears with what it signs.
write_metadata() {
    quietly createrepo_c --no-database --general-compress-type gz --outputdir "$staging" "$repo"
    [ -z "$key" ] || sign_file "$staging/repodata/repomd.xml"
    [ ! -e "$repo/repodata" ] || mv "$repo/repodata" "$staging/before"
    mv "$staging/repodata" "$repo/repodata"
}

write_repo_file() {
    local checked=0
    [ -z "$key" ] || checked=1
    printf '%s\n' '[eni-routes]' 'name=eni-routes' "baseurl=$url" 'enabled=1' "gpgcheck=$checked" "repo_gpgcheck=$checked"
    [ -z "$key" ] || echo "gpgkey=$url/RPM-GPG-KEY-eni-routes"
}

# write_bill: of the packages of this run, as they are published.
write_bill() {
    local rpm name published=()
    for rpm in "$dir"/eni-routes-*.rpm; do published+=("$repo/${rpm##*/}"); done
    name=$(rpm -qp --nosignature --qf '%{NAME}-%{VERSION}-%{RELEASE}' "$repo"/"$(basename "$dir"/eni-routes-*.src.rpm)")
    python3 tools/rpm.d/bill.py "$url" "$dir/built-with" "${published[@]}" >"$staging/bill"
    mv "$staging/bill" "$repo/$name.spdx.json"
}

# make_repository: adds what is in $dir to $repo.
make_repository() {
    url=${url:-file://$repo}
    refuse_repository
    mkdir -p "$repo"
    staging=$(mktemp -d "$repo/.new.XXXXXX")
    add_packages
    [ -z "$key" ] || gpg --batch --armor --export "$key" >"$repo/RPM-GPG-KEY-eni-routes"
    write_metadata
    write_repo_file >"$repo/eni-routes.repo"
    write_bill
    rm -rf "$staging"
    (
        cd "$repo" || exit
        find . -type f ! -name 'SHA256SUMS*' -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
        [ -z "$key" ] || sign_file SHA256SUMS
    )
    [ -n "$key" ] || say 'without --sign KEY nothing is signed, and eni-routes.repo says gpgcheck=0'
    find "$repo" -type f | LC_ALL=C sort
}
