# Tout se fait d'ici. HOST, PORT, VAR_DIR et DATABASE_URL, venus de la ligne de commande ou de l'environnement,
# sont respectés partout : make demo PORT=8001 VAR_DIR=/tmp/essai

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON_VENV := .venv/bin/python
export HOST PORT VAR_DIR DATABASE_URL
# Une variable vide n'est pas une variable : sans cela, « export » en ferait passer quatre.
$(foreach v,HOST PORT VAR_DIR DATABASE_URL,$(if $(value $(v)),,$(eval unexport $(v))))

.PHONY: help audit charge docs demo demo-data test bench fuzz lint format screenshots requirements clean

help: ## Affiche cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: ## Installe tout, crée les projets de démonstration et ouvre le portail (HOST, PORT)
	@outils/demo.sh

demo-data: ## La même chose sans ouvrir le portail
	@outils/demo.sh --sans-servir

test: ## Vérifie tout, sur SQLite et sur PostgreSQL, navigateur compris (ARGS="-k depot")
	@outils/tests.sh $(ARGS)

bench: ## Mesure les temps de réponse et d'export
	@outils/installer.sh test
	@$(PYTHON_VENV) -m tests.banc $(ARGS)

charge: ## Tient le portail sous charge sur PostgreSQL (ARGS="--minutes 5 --personnes 40")
	@outils/installer.sh charge
	@$(PYTHON_VENV) -m tests.charge $(ARGS)

fuzz: ## Cherche longtemps ce qui ferait tomber la lecture d'un Word (SECONDES=600, GRAINE), puis tout le reste
	@outils/installer.sh test
	@$(PYTHON_VENV) -m tests.word.fuzz $(or $(SECONDES),600) $(GRAINE)
	@$(PYTHON_VENV) -m pytest -n 2 -m hypothesis --hypothesis-profile=large $(ARGS)

lint: ## Vérifie la forme du code
	@outils/installer.sh test
	@outils/forme.sh

audit: ## Cherche les failles connues des bibliothèques (demande le réseau)
	@outils/audit.sh $(ARGS)

format: ## Met le code en forme
	@outils/installer.sh test
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

screenshots: ## Refait les captures d'écran de la documentation
	@outils/installer.sh test
	@$(PYTHON_VENV) outils/captures.py $(ARGS)

docs: ## Réécrit les pages de documentation tirées du code
	@outils/installer.sh base
	@$(PYTHON_VENV) outils/table_workflow.py

requirements: ## Recompile les exigences et leurs empreintes (ARGS=--upgrade)
	@outils/exigences.sh $(ARGS)

clean: ## Supprime l'environnement et les sous-produits, jamais les données
	rm -rf .venv .venv-audit .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
