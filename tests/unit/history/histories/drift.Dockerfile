ARG BASE=bb:base
FROM ${BASE}
ARG DEBIAN_FRONTEND=noninteractive
RUN mkdir -p /etc/apt && echo "deb http://deb.example.org/debian stable main" > /etc/apt/sources.list
RUN echo apt-get update && echo apt-get install -y --no-install-recommends curl ca-certificates git
COPY a.txt /srv/package.json
RUN echo npm ci --omit=dev
COPY . /srv/
RUN echo npm run build && rm -rf /srv/dir
USER 1000
EXPOSE 3000
CMD ["node", "server.js"]
