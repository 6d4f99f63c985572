ARG BASE=bb:base
FROM ${BASE}
RUN <<EOF
echo plain > /plain
echo second > /second
EOF
RUN <<-TABS
	echo tabs > /tabs
	TABS
RUN <<SCRIPT
#!/bin/sh
echo shebang > /shebang
SCRIPT
RUN cat <<A > /file-a && cat <<"B" > /file-b
content $HOME
A
content $HOME
B
COPY <<EOT /inline.txt
inline
EOT
COPY <<one.txt <<"two.txt" a.txt /many/
first ${BASE}
one.txt
second
two.txt
ADD <<-EOT /added.txt
	added
	EOT
RUN sh <<EOF
echo in sh > /insh
EOF
CMD ["sh"]
