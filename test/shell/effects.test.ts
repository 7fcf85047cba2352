import { describe, expect, test } from "vitest";
import { effectsIn } from "./render.ts";

/**
 * Each row: a RUN body with working directory /app and home /root, and what its commands do. A command that does
 * nothing worth a word is left out; `paths` is `yes`, only for where it writes.
 */
type Row = readonly [script: string, effects: string];

const packages: readonly Row[] = [
  [
    "apt-get update && apt-get install -y --no-install-recommends curl git",
    "yes; yes, daemon package-install, packages curl git",
  ],
  ["apt-get install -y -t bookworm-backports nginx=1.2*", "yes, daemon package-install, packages nginx=1.2*"],
  ["apt-get -qq -o Dpkg::Use-Pty=0 install -y gnupg", "yes, daemon package-install, packages gnupg"],
  [
    "DEBIAN_FRONTEND=noninteractive apt-get install -yq tzdata",
    "yes, daemon package-install, packages tzdata",
  ],
  ["apt-get purge -y --auto-remove $buildDeps", "yes"],
  ["apt install ./package.deb", "yes, daemon package-install, packages ./package.deb"],
  ["apt-cache policy nginx", ""],
  ["ip link show; ip -o addr; ip route get 1.1.1.1; ip a; ifconfig eth0; route -n", ""],
  ["apt-get download nginx", "no, modify /app/**"],
  ["aptitude install -y vim", "yes, daemon package-install, packages vim"],
  [
    "apk add --no-cache --virtual .build-deps gcc musl-dev",
    "yes, daemon package-install, packages gcc musl-dev",
  ],
  ["apk --no-cache add ca-certificates tini", "yes, daemon package-install, packages ca-certificates tini"],
  ["apk del .build-deps", "yes"],
  ["apk info -e curl", ""],
  [
    "dnf install -y --setopt=install_weak_deps=False nodejs && dnf clean all",
    "yes, daemon package-install, packages nodejs; yes",
  ],
  ["yum -y install epel-release", "yes, daemon package-install, packages epel-release"],
  ["yum list installed", ""],
  ["microdnf install -y shadow-utils", "yes, daemon package-install, packages shadow-utils"],
  ["tdnf install -y tar", "yes, daemon package-install, packages tar"],
  ["zypper --non-interactive install -y curl", "yes, daemon package-install, packages curl"],
  ["zypper se curl", ""],
  ["pacman -Syu --noconfirm python", "yes, daemon package-install, packages python"],
  ["pacman -Q curl", ""],
  ["dpkg -i /tmp/x.deb", "yes, daemon package-install"],
  ["dpkg --print-architecture", ""],
  ["dpkg -l | grep nginx", ""],
  ["dpkg -x x.deb out", "no, modify /app/out/**"],
  ["rpm -ivh https://example.com/x.rpm", "yes, daemon package-install"],
  ["rpm -qa", ""],
  ["emerge dev-lang/go", "yes"],
  ["nix-env -iA nixpkgs.git", "yes"],
  ["add-apt-repository -y ppa:x/y", "yes"],
  [
    'echo "deb https://x y main" > /etc/apt/sources.list.d/x.list',
    "paths, create /etc/apt/sources.list.d/x.list",
  ],
  [
    "curl -fsSL https://x/key.gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg",
    "paths, modify ~/.gnupg/**, create /usr/share/keyrings/x.gpg",
  ],
  ["curl -fsSL https://x/key | apt-key add -", "yes"],
  ["rm -rf /var/lib/apt/lists/*", "paths, delete /var/lib/apt/lists/*/**"],
  [
    "set -eux; apt-get update; apt-get install -y --no-install-recommends gosu; rm -rf /var/lib/apt/lists/*; gosu nobody true",
    "yes; yes, daemon package-install, packages gosu; paths, delete /var/lib/apt/lists/*/**; yes, as nobody by gosu",
  ],
  ["debconf-set-selections < /tmp/answers", "yes, read /tmp/answers"],
  ["update-alternatives --set php /usr/bin/php7.4", "yes"],
];

const accounts: readonly Row[] = [
  [
    "groupadd -r app && useradd -r -g app app",
    "yes, group app system; yes, user app of app at /home/app system",
  ],
  [
    "groupadd -g 1001 app; useradd -u 1001 -g app -m -d /srv/app -s /bin/bash app",
    "yes, group app 1001; yes, user app 1001 of app makes /srv/app, own /srv/app app:app -R",
  ],
  [
    "useradd --create-home --shell /bin/bash appuser",
    "yes, user appuser makes /home/appuser, own /home/appuser appuser -R",
  ],
  ["useradd -ms /bin/bash newuser", "yes, user newuser makes /home/newuser, own /home/newuser newuser -R"],
  ["useradd -l -M -u 10001 app", "yes, user app 10001 at /home/app"],
  [
    "useradd --system --no-create-home --uid 999 --gid www-data app",
    "yes, user app 999 of www-data at /home/app system",
  ],
  ["useradd -m -b /opt app", "yes, user app makes /opt/app, own /opt/app app -R"],
  ["adduser -D -H -u 1001 app", "yes, user app 1001 of app at /home/app"],
  ["adduser -D app", "yes, user app of app makes /home/app, own /home/app app -R"],
  [
    'adduser --disabled-password --gecos "" app',
    "yes, user app of app makes /home/app, own /home/app app -R",
  ],
  ["adduser --system --group app", "yes, user app of app at /nonexistent system"],
  [
    "adduser --system --uid 1001 --ingroup app --home /srv/app --no-create-home app",
    "yes, user app 1001 of app at /srv/app system",
  ],
  ["adduser -S -D -H -h /app -s /sbin/nologin -G app -g app app", "yes, user app of app at /app system"],
  [
    "addgroup -S app && adduser -S app -G app",
    "yes, group app system; yes, user app of app makes /home/app system, own /home/app app -R",
  ],
  ["addgroup -g 1000 -S app", "yes, group app 1000 system"],
  ["addgroup --gid 1001 --system app", "yes, group app 1001 system"],
  ["addgroup app docker", "yes, modify-user app of docker"],
  ["adduser app sudo", "yes, modify-user app of sudo"],
  [
    'adduser -u 5678 --disabled-password --gecos "" appuser && chown -R appuser /app',
    "yes, user appuser 5678 of appuser makes /home/appuser, own /home/appuser appuser -R; yes, own /app appuser -R",
  ],
  ["adduser -m -u 1001 app", "yes, user app 1001 makes /home/app, own /home/app app -R"],
  ["useradd $NAME", "yes"],
  ["usermod -aG docker app", "yes, modify-user app of docker"],
  ["usermod -u 1000 www-data && groupmod -g 1000 www-data", "yes, modify-user www-data 1000; yes"],
  ["usermod -d /data -m app", "yes, modify-user app makes /data"],
  ["userdel -r ubuntu", "yes, delete-user ubuntu"],
  ["deluser --remove-home node", "yes, delete-user node"],
  ["groupdel dialout", "yes, delete-group dialout"],
  ["passwd -d root", "yes"],
  ['echo "root:secret" | chpasswd', "yes"],
  ['echo "app ALL=(ALL) NOPASSWD: ALL" >> /etc/sudoers', "paths, modify /etc/sudoers"],
  ['echo "app:x:1001:1001::/home/app:/sbin/nologin" >> /etc/passwd', "paths, modify /etc/passwd"],
];

const owners: readonly Row[] = [
  ["chown -R app:app /data", "yes, own /data app:app -R"],
  ["chown app: /x", "yes, own /x app:app"],
  ["chown :staff /x", "yes, own /x :staff"],
  ["chown app.app x", "yes, own /app/x app:app"],
  ["chown -hR 1000:0 /opt/app /var/log/app", "yes, own /opt/app 1000:0 -R, own /var/log/app 1000:0 -R"],
  ["chown -R $USER:$USER /srv", "yes"],
  ["chown -R app:app /data/$NAME", "yes"],
  ["chown app /data/*", "yes, own /data/* app"],
  ["chown --reference=/etc/passwd /x", "yes"],
  ["chgrp -R 0 /srv && chmod -R g=u /srv", "yes, own /srv :0 -R; paths, mode /srv g=u -R"],
  ["chmod -R 777 /x", "paths, mode /x 777 -R"],
  ["chmod +x entrypoint.sh", "no, mode /app/entrypoint.sh +x"],
  ["chmod a+rwX,go-w ./bin", "no, mode /app/bin a+rwX,go-w"],
  ["chmod -x file", "no, mode /app/file -x"],
  ["chmod 0755 /usr/local/bin/*.sh", "paths, mode /usr/local/bin/*.sh 0755"],
  ["chmod --reference=a b", ""],
  ["find /app -type d -exec chmod 755 {} +", "no, mode /app/* 755"],
  ["find . -name '*.sh' -exec chmod +x {} \\;", "no, mode /app/* +x"],
  ["find /var -name x | xargs chmod 644", "unknown"],
  ["setfacl -m u:app:rwx /x", "yes"],
];

const files: readonly Row[] = [
  ["mkdir -p /var/run/app /srv/{a,b}", "paths, make /var/run/app, make /srv/a, make /srv/b"],
  ["mkdir -m 0700 secrets", "no, make /app/secrets, mode /app/secrets 0700"],
  ["mkdir -p ~/.ssh", "paths, make ~/.ssh"],
  ['mkdir -p "$HOME/.config"', "paths, make ~/.config"],
  ["for d in a b; do mkdir -p /x/$d; done", "paths, make /x/a; paths, make /x/b"],
  ['for f in *; do touch "$f"; done', "unknown"],
  ["install -d -o app -g app -m 755 /data", "yes, make /data, own /data app:app, mode /data 755"],
  [
    "install -m 755 bin/app /usr/local/bin/app",
    "paths, create /usr/local/bin/app, mode /usr/local/bin/app 755, read /app/bin/app",
  ],
  [
    "install -Dm644 a.conf /etc/app/a.conf",
    "paths, create /etc/app/a.conf, mode /etc/app/a.conf 644, read /app/a.conf",
  ],
  [
    "install -t /usr/bin a b",
    "paths, create /usr/bin/a, create /usr/bin/b, mode /usr/bin/a 755, mode /usr/bin/b 755, read /app/a, read /app/b",
  ],
  ["cp -r src/. build/", "no, modify /app/build/**, read /app/src"],
  ["cp a b /etc/", "paths, create /etc/a, create /etc/b, read /app/a, read /app/b"],
  ["cp config.json /tmp", "no, create /tmp/config.json, read /app/config.json"],
  [
    "cp -a /usr/share/zoneinfo/UTC /etc/localtime",
    "paths, create /etc/localtime/**, read /usr/share/zoneinfo/UTC",
  ],
  ["cp -t out a b", "no, create /app/out/a, create /app/out/b, read /app/a, read /app/b"],
  ["mv a b", "no, create /app/b, delete /app/a/**, read /app/a"],
  ["mv /tmp/x.tar.gz ./", "no, create /app/x.tar.gz, delete /tmp/x.tar.gz/**, read /tmp/x.tar.gz"],
  ["ln -sf /dev/stdout /var/log/nginx/access.log", "paths, create /var/log/nginx/access.log"],
  ["ln -s /usr/bin/nodejs /usr/bin/node", "paths, create /usr/bin/node"],
  [
    "ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone",
    "paths, create /etc/localtime; paths, create /etc/timezone",
  ],
  ["ln -s ../x/y", "no, create /app/y"],
  ["rm -rf node_modules dist", "no, delete /app/node_modules/**, delete /app/dist/**"],
  ["rm -f /etc/nginx/conf.d/default.conf", "paths, delete /etc/nginx/conf.d/default.conf"],
  ['rm -rf "$tmp"', "unknown"],
  ["rm -rf /tmp/*", "no, delete /tmp/*/**"],
  ["rmdir /srv/old", "paths, delete /srv/old"],
  ["touch /var/log/app.log logs/app.log", "paths, create /var/log/app.log, create /app/logs/app.log"],
  ["echo hi | tee -a notes.txt > /dev/null", "no, create /app/notes.txt"],
  ["echo 1 > /proc/sys/net/core/somaxconn", "paths, create /proc/sys/net/core/somaxconn"],
  ["cat a b > c", "no, create /app/c, read /app/a, read /app/b"],
  ['cat <<< "hello" > greeting', "no, create /app/greeting"],
  ["cat > /etc/nginx/nginx.conf <<EOF\nlisten 80;\nEOF", "paths, create /etc/nginx/nginx.conf"],
  ["printf '%s\\n' a b >> ~/.bashrc", "paths, modify ~/.bashrc"],
  [": > /var/log/x.log", "paths, create /var/log/x.log"],
  ["{ echo a; echo b; } > out.txt", "no, create /app/out.txt"],
  ["echo err >&2", ""],
  ["make > build.log 2>&1", "no, create /app/build.log, modify /app/**"],
  ["cmd=1 true &> all.log", "no, create /app/all.log"],
  ["dd if=/dev/zero of=/swapfile bs=1M count=1", "paths, create /swapfile, read /dev/zero"],
  ["truncate -s 0 app.db", "no, create /app/app.db"],
  ["sed -i 's/80/8080/' /etc/nginx/nginx.conf", "paths, modify /etc/nginx/nginx.conf"],
  ["sed -i.bak -e 's/a/b/' -e 's/c/d/' conf.yml", "no, modify /app/conf.yml"],
  ["sed 's/a/b/' in.txt > out.txt", "no, create /app/out.txt, read /app/in.txt"],
  ["sed -ri 's/a/b/' x", "no, modify /app/x"],
  ["perl -pi -e 's/a/b/' x.txt", "no, modify /app/x.txt"],
  ["awk '{print $1}' f", ""],
  ["find . -name '*.pyc' -delete", "no, modify /app/**"],
  ["find /usr/local -depth -type d -delete", "paths, modify /usr/local/**"],
  ["patch -p1 < fix.patch", "no, modify /app/**, read /app/fix.patch"],
  ["patch -d /usr/src/x -p1 -i /tmp/a.patch", "paths, modify /usr/src/x/**"],
  ["gunzip data.gz", "no, modify /app/**"],
  ["gzip -dc data.gz > data", "no, create /app/data"],
  ["split -b 1M big", "no, modify /app/**"],
  ["rsync -a --delete src/ /srv/www/", "paths, modify /srv/www/**, read /app/src"],
  ["truncate -s0 /var/log/lastlog", "paths, create /var/log/lastlog"],
  ["mktemp -d", ""],
  ['d="$(mktemp -d)" && cd "$d" && touch x', "no, create /tmp/tmp.XXXXXXXXXX/x"],
  ["cd /opt && touch x", "paths, create /opt/x"],
  ["cd /srv/app && touch x", "paths, create /srv/app/x"],
  ["(cd /opt && touch x); touch y", "paths, create /opt/x; no, create /app/y"],
  ["pushd /srv/a && touch x && popd && touch y", "paths, create /srv/a/x; no, create /app/y"],
  ["cd $UNKNOWN && touch x", "unknown, create x"],
  ["[ -d a ] && rm -rf a || true", "no, delete /app/a/**"],
  [
    "install -m 755 a b /usr/local/bin/",
    "paths, create /usr/local/bin/a, create /usr/local/bin/b, mode /usr/local/bin/a 755, mode /usr/local/bin/b 755, read /app/a, read /app/b",
  ],
  ["bash -e scripts/setup.sh prod", "unknown, read /app/scripts/setup.sh"],
];

const downloads: readonly Row[] = [
  [
    "curl -sSL -o /usr/local/bin/x https://example.com/x && chmod +x /usr/local/bin/x",
    "paths, create /usr/local/bin/x; paths, mode /usr/local/bin/x +x",
  ],
  ["curl -O https://example.com/dir/file.tgz?x=1", "no, create /app/file.tgz"],
  ["curl -fsSL https://deb.nodesource.com/setup_20.x | bash -", "unknown"],
  ["curl -L https://x | sh", "unknown"],
  ["curl -Lo x.zip --create-dirs https://x", "no, create /app/x.zip"],
  ["curl -fsSL https://x/y.tar.gz | tar -xz -C /opt --strip-components=1", "paths, modify /opt/**"],
  ["wget https://example.com/a.tar.gz", "no, create /app/a.tar.gz"],
  [
    "wget -O /tmp/a.zip https://x && unzip /tmp/a.zip -d /opt",
    "no, create /tmp/a.zip; paths, modify /opt/**, read /tmp/a.zip",
  ],
  ["wget -qO- https://x/y.tar.gz | tar xz -C /opt", "paths, modify /opt/**"],
  ["wget -P /usr/share/fonts https://x/f.ttf", "paths, modify /usr/share/fonts/**"],
  ["wget -q -O - https://x | apt-key add -", "yes"],
  ["tar xf a.tar.gz", "no, modify /app/**, read /app/a.tar.gz"],
  ["tar -xzf a.tar.gz -C vendor --strip-components 1", "no, modify /app/vendor/**, read /app/a.tar.gz"],
  ["tar czf backup.tgz data", "no, create /app/backup.tgz, read /app/data"],
  ["tar -tf a.tar", ""],
  ["unzip a.zip", "no, modify /app/**, read /app/a.zip"],
  ["git clone --depth 1 -b v1 https://example.com/x/app.git", "no, make /app/app, modify /app/app/**"],
  ["git clone https://example.com/x /opt/x", "paths, make /opt/x, modify /opt/x/**"],
  ["git clone https://example.com/x .", "no, modify /app/**"],
  ["git -C /opt/x checkout v1", "paths, modify /opt/x/**"],
  ["git checkout v1", "no, modify /app/**"],
  ["git rev-parse HEAD", ""],
  ["git config --global --add safe.directory /app", "no, modify ~/.gitconfig"],
  ["git config --system core.x y", "paths, modify /etc/gitconfig"],
  ["git submodule update --init", "no, modify /app/**"],
  ["svn checkout https://x", "no, modify /app/**"],
];

const python: readonly Row[] = [
  ["pip install -r requirements.txt", "yes, modify ~/.cache/pip/**, read /app/requirements.txt"],
  ["pip3 install --no-cache-dir flask", "yes, modify ~/.cache/pip/**"],
  ["pip install --user flask", "no, modify ~/.cache/pip/**, modify ~/.local/**"],
  ["pip install -t /opt/lib flask", "paths, modify ~/.cache/pip/**, modify /opt/lib/**"],
  ["pip install -e .", "yes, modify ~/.cache/pip/**"],
  ["/venv/bin/pip install flask", "paths, modify ~/.cache/pip/**, modify /venv/**"],
  [".venv/bin/pip install flask", "no, modify ~/.cache/pip/**, modify /app/.venv/**"],
  ["python3.11 -m pip install --upgrade pip", "yes, modify ~/.cache/pip/**"],
  ["python -m venv .venv", "no, modify /app/.venv/**"],
  ["python -m venv /opt/venv", "paths, modify /opt/venv/**"],
  ["virtualenv -p python3 env", "no, modify /app/env/**"],
  ["pip freeze", ""],
  ["pip wheel -r r.txt -w wheels", "no, modify /app/**, modify ~/.cache/pip/**"],
  ["python setup.py install", "yes, modify /app/**, read /app/setup.py"],
  ["python setup.py build_ext --inplace", "no, modify /app/**, read /app/setup.py"],
  ["python manage.py collectstatic --noinput", "no, modify /app/**, read /app/manage.py"],
  ["python -c 'import x'", "unknown"],
  ["python app.py", "unknown, read /app/app.py"],
  ["python --version", ""],
  ["uv sync --frozen", "no, modify /app/**, modify ~/.cache/uv/**"],
  ["uv pip install --system -r requirements.txt", "yes"],
  ["poetry install --no-root", "unknown, modify /app/**, modify ~/.cache/pypoetry/**"],
  ["poetry config virtualenvs.create false", "no, modify ~/.config/pypoetry/**"],
  ["poetry run python manage.py migrate", "no, modify /app/**, read /app/manage.py"],
  ["pipenv install --system --deploy", "yes"],
  ["conda install -y numpy", "yes"],
  ["conda run -n env pytest", "no, modify /app/**, modify ~/.cache/**"],
  [". .venv/bin/activate", "no, read /app/.venv/bin/activate"],
  ["source ./build-env.sh", "unknown, read /app/build-env.sh"],
];

const javascript: readonly Row[] = [
  ["npm ci", "no, modify /app/**, modify ~/.npm/**"],
  ["npm ci --prefix client", "no, modify /app/client/**, modify ~/.npm/**"],
  [
    "npm install --production && npm cache clean --force",
    "no, modify /app/**, modify ~/.npm/**; no, modify ~/.npm/**",
  ],
  ["npm install -g pm2", "yes, modify ~/.npm/**"],
  ["npm i --location=global x", "yes, modify ~/.npm/**"],
  ["npm run build", "no, modify /app/**, modify ~/.npm/**"],
  ["npm config set registry https://x", "no, modify ~/.npmrc"],
  ["npm view x version", ""],
  ["yarn install --frozen-lockfile", "no, modify /app/**, modify ~/.cache/yarn/**, modify ~/.yarn/**"],
  ["yarn --cwd web build", "no, modify /app/web/**, modify ~/.cache/yarn/**, modify ~/.yarn/**"],
  ["yarn global add serve", "yes, modify ~/.cache/yarn/**, modify ~/.yarn/**"],
  ["yarn cache clean", "no, modify ~/.cache/yarn/**, modify ~/.yarn/**"],
  [
    "pnpm install --frozen-lockfile",
    "no, modify /app/**, modify ~/.local/share/pnpm/**, modify ~/.cache/pnpm/**",
  ],
  ["pnpm add -g turbo", "yes, modify ~/.local/share/pnpm/**"],
  ["corepack enable", "yes, modify ~/.cache/node/corepack/**"],
  ["corepack prepare pnpm@8 --activate", "no, modify ~/.cache/node/corepack/**"],
  ["npx tsc -p .", "no, modify ~/.npm/**, modify /app/**, modify ~/.cache/**"],
  ["npx playwright install --with-deps", "no, modify ~/.npm/**, modify /app/**, modify ~/.cache/**"],
  ["node build.js", "unknown, read /app/build.js"],
  ["node --version", ""],
  ["bun install", "no, modify /app/**, modify ~/.bun/**"],
  ["deno cache main.ts", "no, modify /app/**, modify ~/.cache/deno/**"],
  ["NODE_ENV=production npm run build", "no, modify /app/**, modify ~/.npm/**"],
];

const languages: readonly Row[] = [
  ["gem install bundler -v 2.3", "yes"],
  ["gem install --user-install x", "no, modify ~/.gem/**"],
  ["gem list", ""],
  ["/app/service --port 80", "unknown, port 80"],
  ["bundle install --jobs 4", "unknown, modify ~/.bundle/**"],
  [
    "bundle install --path vendor/bundle",
    "no, modify /app/vendor/bundle/**, modify ~/.bundle/**, modify /app/**",
  ],
  ["bundle config set --local path vendor", "no, modify /app/**, modify ~/.bundle/**"],
  ["RAILS_ENV=production bundle exec rake assets:precompile", "no, modify /app/**"],
  ["bin/rails db:migrate", "no, modify /app/**"],
  [
    "composer install --no-dev --optimize-autoloader",
    "no, modify /app/**, modify ~/.composer/**, modify ~/.cache/composer/**",
  ],
  [
    "composer install -d /srv/api",
    "paths, modify /srv/api/**, modify ~/.composer/**, modify ~/.cache/composer/**",
  ],
  [
    "composer global require x",
    "no, modify ~/.composer/**, modify ~/.config/composer/**, modify ~/.cache/composer/**",
  ],
  ["php artisan config:cache", "no, modify /app/**"],
  ["php bin/console cache:warmup", "no, modify /app/**"],
  ["php -r 'echo 1;'", "unknown"],
  ["docker-php-ext-install pdo_mysql", "yes"],
  ["pecl install redis && docker-php-ext-enable redis", "yes; yes"],
  ["go mod download", "no, modify /app/**, modify ~/go/**, modify ~/.cache/go-build/**"],
  [
    "CGO_ENABLED=0 go build -ldflags '-s -w' -o server ./cmd/server",
    "no, modify /app/**, modify ~/go/**, modify ~/.cache/go-build/**, create /app/server",
  ],
  [
    "go build -o /bin/server .",
    "paths, modify /app/**, modify ~/go/**, modify ~/.cache/go-build/**, create /bin/server",
  ],
  ["go install example.com/x@latest", "no, modify ~/go/**"],
  ["go version", ""],
  ["cargo build --release", "no, modify /app/**, modify ~/.cargo/**"],
  ["cargo install --path . --root /usr/local", "paths, modify /usr/local/**, modify ~/.cargo/**"],
  ["rustup target add x86_64-unknown-linux-musl", "unknown"],
  ["mvn -B -DskipTests package", "no, modify /app/**, modify ~/.m2/**"],
  ["./mvnw -q package", "no, modify /app/**, modify ~/.m2/**"],
  ["gradle build --no-daemon", "no, modify /app/**, modify ~/.gradle/**"],
  ["./gradlew bootJar", "no, modify /app/**, modify ~/.gradle/**"],
  ["sbt assembly", "no, modify /app/**, modify ~/.sbt/**, modify ~/.ivy2/**, modify ~/.cache/coursier/**"],
  ["lein uberjar", "no, modify /app/**, modify ~/.lein/**, modify ~/.m2/**"],
  [
    "dotnet restore",
    "no, modify /app/**, modify ~/.nuget/**, modify ~/.dotnet/**, modify ~/.local/share/NuGet/**",
  ],
  [
    "dotnet publish -c Release -o /out",
    "paths, modify /app/**, modify ~/.nuget/**, modify ~/.dotnet/**, modify ~/.local/share/NuGet/**, modify /out/**",
  ],
  [
    "dotnet tool install --global x",
    "no, modify ~/.nuget/**, modify ~/.dotnet/**, modify ~/.local/share/NuGet/**",
  ],
  ["dotnet App.dll", "unknown"],
  ["make -j$(nproc)", "no, modify /app/**"],
  ["make -C lib", "no, modify /app/lib/**"],
  ["make install", "yes, modify /app/**"],
  ["make DESTDIR=/tmp/pkg install", "no, modify /app/**, modify /tmp/pkg/**"],
  [
    "./configure --prefix=/usr/local && make && make install",
    "no, modify /app/**; no, modify /app/**; yes, modify /app/**",
  ],
  [
    "cmake -S . -B build && cmake --build build --target install",
    "no, modify /app/**, modify /app/build/**; yes, modify /app/**",
  ],
  ["gcc -O2 -o app main.c", "no, create /app/app"],
  ["javac -d out Main.java", "no, modify /app/**"],
  ["mix deps.get", "no, modify /app/**, modify ~/.mix/**, modify ~/.hex/**, modify ~/.cache/rebar3/**"],
  ["stack build", "no, modify /app/**, modify ~/.stack/**, modify ~/.cabal/**"],
  ["swift build -c release", "no, modify /app/**, modify ~/.cache/**"],
  ["Rscript -e 'install.packages(\"x\")'", "yes"],
  ["cpanm --notest Mojolicious", "yes"],
  ["cpanm -L local Mojolicious", "no, modify /app/**"],
  ["luarocks install x", "yes"],
  ["flutter build web", "no, modify /app/**, modify ~/.pub-cache/**, modify ~/.dart/**"],
];

const system: readonly Row[] = [
  ["a2enmod rewrite && a2dissite 000-default", "yes; yes"],
  ["setcap cap_net_bind_service=+ep /usr/bin/node", "yes"],
  ["update-ca-certificates", "yes"],
  ["locale-gen en_US.UTF-8", "yes"],
  ["ldconfig", "yes"],
  ["crontab /etc/cron.d/app", "yes"],
  ["sysctl -w net.core.somaxconn=1024", "yes"],
  ["ssh-keygen -A", "yes"],
  ['ssh-keygen -t rsa -N "" -f id_rsa', "no, create /app/id_rsa"],
  [
    "openssl req -x509 -newkey rsa:2048 -keyout key.pem -out cert.pem",
    "no, create /app/key.pem, create /app/cert.pem",
  ],
  ["openssl dhparam -out /etc/ssl/dh.pem 2048", "paths, create /etc/ssl/dh.pem"],
  ["gpg --keyserver x --recv-keys ABC", "no, modify ~/.gnupg/**"],
  ["nginx -t", ""],
  ["nginx -g 'daemon off;'", "unknown"],
  ["apache2ctl -D FOREGROUND", "unknown"],
  ["supervisord -c /etc/supervisord.conf", "unknown"],
  ["whoami && id -u", ""],
  ["frobnicate --hard", "unknown"],
  ["frobnicate --version", ""],
  ["./build.sh", "unknown"],
  ["/usr/local/bin/setup", "unknown"],
  ["$COMMAND x", "unknown"],
  ['"$@"', "unknown"],
];

describe.each([
  ["System packages", packages],
  ["Accounts", accounts],
  ["Owners and modes", owners],
  ["Files", files],
  ["Downloads", downloads],
  ["Python", python],
  ["JavaScript", javascript],
  ["Other languages", languages],
  ["The system", system],
] as const)("%s", (_, rows) => {
  test.each(rows)("%s", (script, effects) => {
    expect(effectsIn(script)).toBe(effects);
  });
});

describe("for a user other than root", () => {
  const other = { user: "other", home: "/home/app" } as const;
  test.each<Row>([
    ["pip install flask", "no, modify /home/app/.cache/pip/**, modify /home/app/.local/**"],
    ["npm ci", "no, modify /app/**, modify /home/app/.npm/**"],
    ["mkdir -p ~/.config /home/app/data", "no, make /home/app/.config, make /home/app/data"],
    ["touch /root/x", "paths, create ~/x"],
    ["sudo apt-get install -y git", "yes, as root by sudo, daemon package-install, packages git"],
    ["sudo -u postgres createdb x", "yes, as postgres by sudo"],
    ["apt-get install -y git", "yes, daemon package-install, packages git"],
  ])("%s", (script, effects) => {
    expect(effectsIn(script, other)).toBe(effects);
  });

  test("a home that is not known stays a tilde", () => {
    expect(effectsIn("npm ci", { user: "other", home: null })).toBe("no, modify /app/**, modify ~/.npm/**");
  });
});

describe("where the script runs", () => {
  test.each([
    ["touch x", "/", "paths, create /x"],
    ["touch x", "/usr/src/app", "no, create /usr/src/app/x"],
    ["touch x", "/var/www/html", "no, create /var/www/html/x"],
    ["touch x", "/usr/local/bin", "paths, create /usr/local/bin/x"],
    ["touch x", "/root/app", "paths, create ~/app/x"],
    ["touch x", null, "unknown, create x"],
    ["rm -rf /app", "/app", "paths, delete /app/**"],
    ["cd sub && touch x", "/app", "no, create /app/sub/x"],
    ["cd .. && touch x", "/srv/app", "paths, create /srv/x"],
  ] as const)("%s in %s", (script, cwd, effects) => {
    expect(effectsIn(script, undefined, cwd)).toBe(effects);
  });
});

test("a long chain of a real RUN", () => {
  const script = `set -eux;
    groupadd -r -g 999 redis && useradd -r -g redis -u 999 redis;
    savedAptMark="$(apt-mark showmanual)";
    apt-get update; apt-get install -y --no-install-recommends ca-certificates wget;
    dpkgArch="$(dpkg --print-architecture | awk -F- '{ print $NF }')";
    wget -O /usr/local/bin/gosu "https://example.com/gosu-$dpkgArch";
    export GNUPGHOME="$(mktemp -d)";
    gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys ABC;
    gpgconf --kill all; rm -rf "$GNUPGHOME";
    [ -z "$savedAptMark" ] || apt-mark manual $savedAptMark > /dev/null;
    chmod +x /usr/local/bin/gosu;
    mkdir /data && chown redis:redis /data`;
  expect(effectsIn(script).split("; ")).toEqual([
    "yes, group redis 999 system",
    "yes, user redis 999 of redis at /home/redis system",
    "yes",
    "yes",
    "yes, daemon package-install, packages ca-certificates wget",
    "paths, create /usr/local/bin/gosu",
    "no, modify ~/.gnupg/**",
    "no, modify ~/.gnupg/**",
    "no, delete /tmp/tmp.XXXXXXXXXX/**",
    "yes",
    "paths, mode /usr/local/bin/gosu +x",
    "paths, make /data",
    "yes, own /data redis:redis",
  ]);
});
